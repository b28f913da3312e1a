// Why a charge fails, in Paystack's words: there are no codes, only texts (psp/paystack.md section 3).

const TEXTS: Readonly<Partial<Record<string, string>>> = {
  insufficient_funds: 'Insufficient Funds',
  do_not_honor: 'Do Not Honour',
  declined: 'Declined',
  generic_decline: 'Declined',
  expired_card: 'Expired Card',
  incorrect_pin: 'Incorrect PIN',
  wrong_otp: 'Wrong OTP',
  authentication_failed: 'Token Not Generated. Customer Not Registered on Token Platform',
  invalid_card: 'Invalid Card Number',
  incorrect_number: 'Invalid Card Number',
  account_closed: 'Account Closed',
  fraud: 'Declined: suspected fraud',
  fraud_suspected: 'Declined: suspected fraud',
  limit_exceeded: 'Exceeds Withdrawal Limit',
  restricted_card: 'Restricted Card',
  transaction_not_permitted: 'Transaction Not Permitted to Cardholder',
  user_cancelled: 'Declined by the customer',
  payer_timeout: 'Transaction was not completed in the time allowed',
  provider_unavailable: 'Issuer or Switch Inoperative',
  /** Looks like a refusal and proves nothing: the money may have moved. */
  ambiguous: 'Transaction could already be successful / duplicate transmission',
};

/** Refusals of the call itself, before anything is booked. */
const CONFIG = new Set(['merchant_config', 'currency_not_supported', 'channel_not_enabled']);

export function textOfReason(reason: string | null): string {
  return TEXTS[reason ?? 'declined'] ?? 'Declined';
}

export function isConfiguration(reason: string | null): boolean {
  return reason !== null && CONFIG.has(reason);
}
