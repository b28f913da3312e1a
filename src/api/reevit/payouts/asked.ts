// From Reevit's body to what the flow is asked for. A saved beneficiary is opened here, for the payout alone.
import type { Static } from 'typebox';
import type { PaymentRecord } from '../../../domain/payment/payment.ts';
import { maskBeneficiary } from '../../../domain/payout/beneficiary.ts';
import { openBeneficiary } from '../../../flows/beneficiary/save.ts';
import type { Caller, Context } from '../../../flows/context.ts';
import type { NewPayout } from '../../../flows/payout/index.ts';
import { invalid } from '../../../kernel/problem.ts';
import { boundedMetadata } from '../metadata.ts';
import {
  type BulkItem,
  type PayoutBody,
  readBeneficiary,
  readCurrency,
  readTime,
} from './read-payout.ts';
import type { PayoutFacts } from './view.ts';

type Shared = Pick<Static<typeof PayoutBody>, 'connection_id' | 'currency'> &
  Partial<Pick<Static<typeof PayoutBody>, 'scheduled_at' | 'requires_confirmation'>>;

export async function askedOf(
  context: Context,
  caller: Caller,
  shared: Shared,
  item: Static<typeof BulkItem>,
): Promise<NewPayout> {
  const { beneficiary: given, beneficiary_id: savedId } = item;
  if (given && savedId)
    throw invalid('validation_error', 'Send beneficiary or beneficiary_id', 'beneficiary_id');
  const beneficiary = given
    ? readBeneficiary(given)
    : savedId
      ? await openBeneficiary(context, caller.environment, savedId)
      : null;
  return {
    type: 'payout',
    connectionId: shared.connection_id || null,
    amountMinor: BigInt(item.amount),
    currency: readCurrency(shared.currency),
    beneficiary,
    beneficiaryId: savedId || null,
    sourceAccount: null,
    destinationAccount: null,
    reference: item.reference || null,
    asset: null,
    narration: item.narration || null,
    metadata: boundedMetadata(item.metadata ?? {}),
    scheduledAtMs: readTime(shared.scheduled_at, 'scheduled_at'),
    needsApproval: shared.requires_confirmation ?? false,
    createdBy: nameOf(caller),
    source: 'reevit',
  };
}

/** What stands beside the payment of a payout that was just asked for. */
export function factsFor(asked: NewPayout, { payment }: PaymentRecord): PayoutFacts {
  return {
    connectionId: asked.connectionId ?? payment.connectionId ?? '',
    beneficiary: asked.beneficiary && maskBeneficiary(asked.beneficiary),
    beneficiaryId: asked.beneficiaryId,
    reference: asked.reference ?? payment.id,
    scheduledAt: asked.scheduledAtMs,
  };
}

/** Who acts, as histories and the maker-checker rule name them. */
export function nameOf({ actorId, keyId }: Caller): string {
  return actorId ?? keyId;
}
