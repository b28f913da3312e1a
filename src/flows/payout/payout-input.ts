// What a PSP is told of a payout: stored with the attempt, but for the account that is paid, which stands sealed beside
// the payment and is opened for the call alone.
import type { PayoutInput } from '../../connectors/contract.ts';
import type { Attempt, Payment } from '../../domain/payment/payment.ts';
import type { Beneficiary } from '../../domain/payout/beneficiary.ts';
import { money } from '../../kernel/money.ts';
import type { Payout } from '../../store/payouts.ts';
import { openFields } from '../../vault/envelope.ts';
import type { Context } from '../context.ts';

/** A payout does not lapse. What was approved and not sent for this long is not sent any more. */
export const PAYOUT_LIFETIME_MS = 366 * 24 * 60 * 60_000;

/** Where the account that a payout pays, or that a merchant saved, is sealed for. */
export function beneficiaryPlace(environmentId: string, subject: string) {
  return { environmentId, subject, field: 'beneficiary' };
}

/** What the PSP is told, stored with the attempt: all but the account, which is sealed beside the payment. */
export function storedPayoutInput(
  payment: Payment,
  reference: string,
  metadata: Readonly<Record<string, string>>,
  nowMs: number,
) {
  return {
    kind: payment.type === 'transfer' ? 'transfer' : 'payout',
    reference,
    narration: payment.description,
    metadata,
    createdAtMs: nowMs,
  } as const;
}

/** The connector's input of a payout's attempt: the same bytes at every repeat. */
export function payoutInput(
  { keyRing }: Context,
  attempt: Attempt,
  { sealedBeneficiary, sourceAccount, destinationAccount }: Payout,
): PayoutInput {
  const stored = JSON.parse(attempt.input) as ReturnType<typeof storedPayoutInput>;
  const place = beneficiaryPlace(attempt.environmentId, attempt.paymentId);
  const opened = sealedBeneficiary === null ? null : openFields(keyRing, place, sealedBeneficiary);
  return {
    ...stored,
    amount: money(attempt.amountMinor, attempt.currency),
    beneficiary: opened as Beneficiary | null,
    source: sourceAccount,
    // A forwarded bank account is ours: the PSP is told the account itself.
    destination: opened === null ? destinationAccount : null,
    pspReference: attempt.pspReference,
    pspState: attempt.pspState,
  };
}

/** What of a payout must not stand in the evidence: the account, however a PSP writes a number's beginning. */
export function hiddenIn({ beneficiary }: PayoutInput): readonly string[] {
  if (beneficiary === null) return [];
  const { accountNumber } = beneficiary;
  return [accountNumber, accountNumber.replace(/^\+?0*/, '')];
}
