// Transfers to an account that is connected to the merchant's own (Stripe Connect): there when Stripe answers
// (psp/stripe.md 2.5; the object and its list: docs.stripe.com/api/transfers). Others are paid by payouts only.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { amountRefused, fromStripeAmount, toStripeAmount } from './amount.ts';
import { clip } from './decline.ts';
import { idAt, type Json, textAt } from './json.ts';
import { searchList } from './list.ts';
import { question } from './listed.ts';
import { metadataOf, mismatch, referenceIn } from './metadata.ts';
import { nothingLearned, outcomeOfRefusal, readReply } from './reply.ts';
import { get, post, segment } from './request.ts';

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
  const request = post(call, 'transfers', form, `${reference}.transfer`);
  const reply = readReply(await call.send(request));
  if (reply.kind === 'lost') return reply.stored ? syncTransfer(input, call) : reply.outcome;
  if (reply.kind === 'refused') return outcomeOfRefusal(reply);
  return checked(reply.object, input, call, null);
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

export async function syncTransfer(input: PayoutInput, call: Call): Promise<Outcome> {
  const id = input.pspReference;
  if (id !== null) {
    const reply = readReply(await call.send(get(call, `transfers/${segment(id)}`)));
    return reply.kind === 'object' ? checked(reply.object, input, call, id) : nothingLearned(reply);
  }
  const { found, sawAll } = await searchList(
    call,
    'transfers',
    { transfer_group: input.reference },
    (object) => referenceIn(object) === input.reference,
  );
  if (found !== null) return checked(found, input, call, null);
  return sawAll
    ? { kind: 'unknown', reason: 'Stripe lists no transfer with our reference', notFound: true }
    : unknown('the transfer was not found among those that Stripe listed');
}

function checked(object: Json, input: PayoutInput, call: Call, id: string | null): Outcome {
  const wrong = mismatch(object, 'transfer', { reference: input.reference, mode: call.mode, id });
  return wrong === null ? transferOutcome(object) : unknown(wrong);
}

/** What was called back since is a matter of its reversals. */
export function transferOutcome(transfer: Json): Outcome {
  const id = textAt(transfer, 'id');
  const facts = id === null ? {} : { pspReference: id };
  const money = fromStripeAmount(transfer.amount, transfer.currency);
  if (money === null) return { ...facts, ...unknown('a transfer with an unreadable amount') };
  return { ...facts, kind: 'succeeded', what: 'paid_out', ...money };
}
