// The default order of providers that Reevit publishes for Ghana and Nigeria (api/reevit.md section 7). It decides
// only between connections that everything else leaves equal.

const order: Readonly<Record<string, readonly string[]>> = {
  'GH mobile_money': ['hubtel', 'paystack', 'flutterwave', 'mpesa'],
  'GH card': ['paystack', 'hubtel', 'flutterwave'],
  'GH bank_transfer': ['paystack', 'flutterwave'],
  'GH ussd': ['paystack', 'flutterwave'],
  'NG card': ['paystack', 'flutterwave'],
  'NG bank_transfer': ['monnify'],
};

/** A function of the provider: its place, or a place behind all that have one. */
export function publishedOrder(
  country: string | null,
  method: string | null,
): (provider: string) => number {
  const listed = order[`${country} ${method}`] ?? [];
  return (provider) => {
    const place = listed.indexOf(provider);
    return place < 0 ? listed.length : place;
  };
}
