// Why a charge fails, in Flutterwave's words: there are no codes, only texts (psp/flutterwave.md section 3).

const TEXTS: Readonly<Partial<Record<string, string>>> = {
  insufficient_funds: 'Insufficient Funds',
  do_not_honor: 'Declined. Do not honour',
  declined: 'Unapproved by Financial Institution',
  generic_decline: 'Unapproved by Financial Institution',
  transaction_not_permitted: 'Transaction not permitted to customer',
  expired_card: 'Expired card',
  incorrect_pin: 'Incorrect PIN',
  invalid_otp: 'Invalid OTP',
  authentication_failed: 'Pending OTP validation timeout',
  fraud: 'Transaction has been flagged as fraudulent',
  fraud_suspected: 'Transaction has been flagged as fraudulent',
  limit_exceeded: 'Transaction limit exceeded',
  user_cancelled: 'LP_01 cancelled by the payer',
  payer_timeout: 'Request timeout: the payer did not answer',
  expired: 'The account has expired',
  invalid_phone: 'Number not registered for mobile money',
  /** Looks like an answer and proves nothing. */
  requery: 'Please requery to confirm status of transaction',
};

const CONFIG = new Set(['merchant_config', 'currency_not_supported', 'channel_not_enabled']);

export function textOfReason(reason: string | null): string {
  return TEXTS[reason ?? 'declined'] ?? 'Unapproved by Financial Institution';
}

/** Refusals of the call itself, before anything is booked. */
export function isConfiguration(reason: string | null): boolean {
  return reason !== null && CONFIG.has(reason);
}
