// Why Monnify refuses a payment, in its words: code 99 and a text (psp/monnify.md section 3).

const TEXTS: Readonly<Partial<Record<string, string>>> = {
  insufficient_funds: 'Insufficient funds',
  do_not_honor: 'Do not honour',
  declined: 'Transaction declined by the issuer: do not honour',
  generic_decline: 'Transaction declined by the issuer: do not honour',
  expired_card: 'Expired card',
  incorrect_pin: 'Incorrect PIN',
  invalid_otp: 'Invalid OTP',
  invalid_card: 'Invalid card number',
  fraud: 'Suspected fraud',
  fraud_suspected: 'Suspected fraud',
  limit_exceeded: 'Amount exceeds the withdrawal limit of the card',
  /** Says nothing: the money may have moved. */
  unclear: 'Transaction could not be completed',
};

const CONFIG = new Set(['merchant_config', 'currency_not_supported', 'channel_not_enabled']);

export function textOfReason(reason: string): string {
  if (CONFIG.has(reason)) return 'Feature not enabled for this contract';
  return TEXTS[reason] ?? TEXTS.declined!;
}
