// The attempt as a connector is told about it in every later call.
import type { AttemptRef } from '../../connectors/contract.ts';
import type { Attempt } from '../../domain/payment/payment.ts';
import { referenceOf } from '../../kernel/ids.ts';
import { money } from '../../kernel/money.ts';
import { storedChargeInput } from '../charge/new-payment.ts';
import { scriptOf } from '../transaction/script-facts.ts';

export function attemptRef(attempt: Attempt): AttemptRef {
  return {
    reference: referenceOf(attempt.id),
    pspReference: attempt.pspReference,
    pspState: attempt.pspState,
    amount: money(attempt.amountMinor, attempt.currency),
    captureMethod: attempt.operation === 'authorize' ? 'manual' : 'automatic',
    method: attempt.operation === 'payout' ? null : storedChargeInput(attempt).method,
    createdAtMs: attempt.createdAt,
    ...scriptOf(attempt),
  };
}
