// Transfers to an account that is connected to the merchant's own (Stripe Connect): there when Stripe answers
// (psp/stripe.md 2.5; the object and its list: docs.stripe.com/api/transfers). Others are paid by payouts only.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripeAmount } from './amount.ts';
import { clip } from './decline.ts';
import { idAt, type Json, textAt } from './json.ts';
import { question } from './listed.ts';
import { metadataOf } from './metadata.ts';
import { askAbout, type Kind, lookFor, make } from './own-object.ts';

const TRANSFER: Kind = { type: 'transfer', word: 'transfer', outcomeOf: transferOutcome };

export async function transfer(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncTransfer(input, call);
  const { amount: money, reference, beneficiary, destination, source, narration, metadata } = input;
  if (beneficiary !== null || !/^acct_\w{1,100}$/.test(destination ?? ''))
    return declined('invalid_request', 'Stripe transfers to connected accounts (acct_…) only');
  const amount = toStripeAmount(money);
  if (amount === null) return amountRefused(money);
  const elsewhere = source ? await notOurs(source, call) : null;
  if (elsewhere !== null) return elsewhere;
  const form = {
    amount,
    currency: money.currency.toLowerCase(),
    destination: destination ?? undefined,
    description: clip(narration, 1000) || undefined,
    transfer_group: reference,
    metadata: metadataOf({ reference }, metadata),
  };
  const sync = () => syncTransfer(input, call);
  return make(TRANSFER, 'transfers', form, `${reference}.transfer`, reference, call, sync);
}

/** Why money cannot come from that account; null: it is the key's own. */
async function notOurs(source: string, call: Call): Promise<Outcome | null> {
  const { account_id: named } = call.credentials;
  if (source === named) return null;
  const answer = named ? null : await question(call, 'account');
  if (answer?.kind === 'unreachable') return { kind: 'not_sent', reason: answer.message };
  if (answer?.kind === 'told' && idAt({ row: answer.value }, 'row') === source) return null;
  return declined('invalid_request', 'Stripe transfers from the own account only');
}

export async function syncTransfer(
  { pspReference: id, reference }: PayoutInput,
  call: Call,
): Promise<Outcome> {
  if (id !== null) return askAbout(TRANSFER, 'transfers', id, reference, call);
  return lookFor(TRANSFER, 'transfers', { transfer_group: reference }, reference, call);
}

/** What was called back since is a matter of its reversals. */
export function transferOutcome(transfer: Json): Outcome {
  const id = textAt(transfer, 'id');
  const facts = id === null ? {} : { pspReference: id };
  const money = fromStripeAmount(transfer.amount, transfer.currency);
  if (money === null) return { ...facts, ...unknown('a transfer with an unreadable amount') };
  return { ...facts, kind: 'succeeded', what: 'paid_out', ...money };
}
