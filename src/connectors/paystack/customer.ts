// Customer data in the form Paystack asks for.
/** Ghana wants local numbers (`0551234987`), Kenya the country code (psp/paystack.md section 6). */
export function phoneFor(currency: string, phone: string): string {
  const digits = phone.replace(/[^\d+]/g, '');
  if (currency === 'GHS') return digits.replace(/^(?:\+?233|00233)(\d{9})$/, '0$1');
  if (currency === 'KES') return digits.replace(/^0?([17]\d{8})$/, '+254$1');
  return digits;
}
