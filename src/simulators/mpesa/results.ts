// Result codes and their texts (psp/mpesa.md section 3), and the magic numbers that lead to them (section 8).

export const TEXTS: Readonly<Record<string, string>> = {
  '0': 'The service request is processed successfully.',
  '1': 'The balance is insufficient for the transaction.',
  '17': 'Rule limited.',
  '26': 'System busy. The service request is rejected.',
  '1001':
    'Unable to lock subscriber, a transaction is already in process for the current subscriber',
  '1019': 'Transaction has expired',
  '1025': 'An error occurred while sending a push request',
  '1032': 'Request cancelled by user',
  '1037': 'DS timeout user cannot be reached',
  '2001': 'The initiator information is invalid.',
  '2040':
    'Credit Party customer type (Unregistered or Registered Customer) can’t be supported by the service .',
  R000001: 'The transaction has already been reversed.',
  R000002: 'The OriginalTransactionID is invalid.',
};

/** What a payer's phone leads to. `asks`: the prompt is shown, and the code is what comes of paying. */
export interface Magic {
  readonly code: string;
  /** Answers by itself after so long. */
  readonly afterMs: number | null;
  readonly asks: boolean;
}

/** By the last three digits of the phone. */
export function magicOf(phone: string): Magic | null {
  return MAGIC[phone.slice(-3)] ?? null;
}

const SOON_MS = 3_000;

const MAGIC: Readonly<Partial<Record<string, Magic>>> = {
  '000': { code: '0', afterMs: SOON_MS, asks: true },
  '001': { code: '1', afterMs: SOON_MS, asks: true },
  '032': { code: '1032', afterMs: SOON_MS, asks: true },
  '037': { code: '1037', afterMs: SOON_MS, asks: false },
  '019': { code: '1019', afterMs: SOON_MS, asks: false },
  '901': { code: '2001', afterMs: SOON_MS, asks: true },
  '998': { code: '0', afterMs: SOON_MS, asks: true },
  '999': { code: '0', afterMs: SOON_MS, asks: true },
};

export function losesCallback(phone: string): boolean {
  return phone.endsWith('998');
}

/** What a payout to the phone comes to; `stuck`: it never ends. */
export function payoutFate(phone: string): string {
  if (phone.endsWith('001')) return '1';
  if (phone.endsWith('040')) return '2040';
  return phone.endsWith('044') ? 'stuck' : '0';
}

/** Its reversal fails later: the merchant's account is short. */
export function reversalFate(phone: string): string {
  return phone.endsWith('902') ? '1' : '0';
}

/** Reasons of a wanted decline, in result codes. */
export function codeOfReason(reason: string): string {
  return REASONS[reason] ?? '1032';
}

const REASONS: Readonly<Partial<Record<string, string>>> = {
  insufficient_funds: '1',
  payer_busy: '1001',
  payer_timeout: '1037',
  provider_unavailable: '26',
  authentication_failed: '2001',
  user_cancelled: '1032',
};
