// Payouts go to the merchant's own bank account (psp/stripe.md 2.5): Stripe pays third parties only through Connect
// transfers (transfer.ts). A payout that names a beneficiary is refused here.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripePayoutAmount } from './amount.ts';
import { clip } from './decline.ts';
import type { Form } from './form.ts';
import { type Json, textAt } from './json.ts';
import { metadataOf } from './metadata.ts';
import { askAbout, type Kind, lookFor, make } from './own-object.ts';
import { syncTransfer, transfer } from './transfer.ts';

const PAYOUT: Kind = { type: 'payout', word: 'payout', outcomeOf: payoutOutcome };

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.kind === 'transfer') return transfer(input, call);
  if (input.pspReference !== null) return syncPayout(input, call);
  if (input.beneficiary !== null) {
    const message = 'Stripe pays out to the own bank account only';
    // Nothing was sent, and another PSP may well pay them.
    return {
      kind: 'declined',
      decline: { code: 'invalid_request', pspCode: null, message, fallbackOverride: 'yes' },
    };
  }
  const amount = toStripePayoutAmount(input.amount);
  if (amount === null) return amountRefused(input.amount);
  const { reference } = input;
  const form = payoutForm(input, amount);
  const sync = () => syncPayout(input, call);
  return make(PAYOUT, 'payouts', form, `${reference}.payout`, reference, call, sync);
}

function payoutForm(
  { reference, amount: money, narration, destination, metadata }: PayoutInput,
  amount: bigint,
): Form {
  return {
    amount,
    currency: money.currency.toLowerCase(),
    description: clip(narration, 1000) || undefined,
    destination: destination ?? undefined,
    metadata: metadataOf({ reference }, metadata),
  };
}

const SKEW_S = 300;
const DAY_S = 86_400;

export async function syncPayout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.kind === 'transfer') return syncTransfer(input, call);
  const { pspReference: id, reference } = input;
  if (id !== null) return askAbout(PAYOUT, 'payouts', id, reference, call);
  const createdAtS = Math.floor(input.createdAtMs / 1000);
  const created = { gte: createdAtS - SKEW_S, lte: createdAtS + DAY_S + SKEW_S };
  return lookFor(PAYOUT, 'payouts', { created }, reference, call);
}

const FAILURES = new Map<string, DeclineCode>([
  ['insufficient_funds', 'merchant_balance_insufficient'],
  ...[
    'account_closed',
    'account_frozen',
    'bank_account_restricted',
    'bank_ownership_changed',
    'incorrect_account_holder_name',
    'incorrect_account_type',
    'invalid_account_number',
    'invalid_account_number_length',
    'invalid_currency',
    'no_account',
  ].map((code) => [code, 'invalid_account'] as const),
]);

/** `paid` is a success that may still turn `failed` days later: then Stripe sends that as new evidence. */
export function payoutOutcome(payout: Json): Outcome {
  const id = textAt(payout, 'id');
  const facts = id === null ? {} : { pspReference: id };
  const status = textAt(payout, 'status');
  switch (status) {
    case 'pending':
    case 'in_transit':
      return { ...facts, kind: 'pending' };
    case 'paid': {
      const money = fromStripeAmount(payout.amount, payout.currency);
      if (money === null) return { ...facts, ...unknown('a payout with an unreadable amount') };
      return { ...facts, kind: 'succeeded', what: 'paid_out', ...money };
    }
    case 'failed': {
      const reason = textAt(payout, 'failure_code')?.slice(0, 100) ?? null;
      const code = FAILURES.get(reason ?? '') ?? 'invalid_request';
      return declined(code, 'the bank did not take the payout', reason, facts);
    }
    case 'canceled':
      return declined('canceled', 'the payout was canceled at Stripe', null, facts);
    default:
      return { ...facts, ...unknown(`a payout with the status ${status?.slice(0, 60)}`) };
  }
}
