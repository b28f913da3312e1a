// Payouts and transfers at a generic PSP (api/formance.md section 10), each under its idempotency key. The API has no
// question about one of them: what became of it is read from the list of transactions.
import { declined, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { assetOfUnit, unitOfSourced } from '../../domain/ledger/asset.ts';
import type { Call, PayoutInput } from '../contract.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import { ask, refusal } from './reply.ts';

/** The name of our reference in the metadata of a payout, by which one is found whose answer was lost. */
export const REFERENCE = 'idempotencyKey';

/** Nothing was sent, and another PSP may well pay: one of the payout's accounts has no name here. */
const NO_ACCOUNTS: Outcome = {
  kind: 'declined',
  decline: {
    code: 'invalid_request',
    pspCode: null,
    message: 'the generic API needs the ids of both accounts',
    fallbackOverride: 'yes',
  },
};

export async function payout(input: PayoutInput, call: Call): Promise<Outcome> {
  if (input.pspReference !== null) return syncPayout(input, call);
  if (!input.source || !input.destination) return NO_ACCOUNTS;
  const path = input.kind === 'transfer' ? '/transfers' : '/payouts';
  const reply = await ask({ method: 'POST', path, json: bodyOf(input) }, call);
  if (reply.kind === 'refused') return refusal(reply);
  if (reply.kind !== 'accepted') return { kind: reply.kind, reason: reply.reason };
  const made = objectOf(reply.value);
  if (textOf(made.idempotencyKey) !== input.reference)
    return unknown('the answer is about another payout');
  return outcomeOf(made, input);
}

function bodyOf({ reference, amount, source, destination, narration, metadata }: PayoutInput) {
  return {
    idempotencyKey: reference,
    amount: amount.amountMinor.toString(),
    currency: assetOfUnit(amount.currency),
    sourceAccountId: source,
    destinationAccountId: destination,
    ...(narration === null ? {} : { description: narration }),
    metadata: { ...metadata, [REFERENCE]: reference },
  };
}

const PAGE_SIZE = 100;
/** The contract of an operation allows 16 requests. */
const PAGES_MAX = 12;
const SKEW_MS = 300_000;

/** Reads the transactions that changed since the payout was made, until it is among them. Moves nothing. */
export async function syncPayout(input: PayoutInput, call: Call): Promise<Outcome> {
  const from = new Date(input.createdAtMs - SKEW_MS).toISOString();
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const query = new URLSearchParams({
      pageSize: String(PAGE_SIZE),
      page: String(page),
      sort: 'updatedAt:asc',
      updatedAtFrom: from,
    });
    const reply = await ask({ method: 'GET', path: `/transactions?${query}` }, call);
    if (reply.kind !== 'accepted')
      return unknown(reply.kind === 'refused' ? `refused: ${reply.message}` : reply.reason);
    if (!Array.isArray(reply.value)) return unknown('a list of transactions that is none');
    const found = reply.value.map(objectOf).find((one) => isOurs(one, input));
    if (found) return outcomeOf(found, input);
    if (reply.value.length < PAGE_SIZE) break;
  }
  // Not a proof: the PSP need not list it at once, nor with our key.
  return unknown('the payout is not among the transactions that the PSP lists');
}

function isOurs(transaction: Json, { pspReference, reference }: PayoutInput): boolean {
  if (textOf(transaction.relatedTransactionID)) return false;
  if (pspReference !== null) return textOf(transaction.id) === pspReference;
  return textOf(objectOf(transaction.metadata)[REFERENCE]) === reference;
}

const REFUSED = new Set(['FAILED', 'CANCELLED', 'EXPIRED']);

function outcomeOf(said: Json, { amount }: PayoutInput): Outcome {
  const id = textOf(said.id);
  if (id === null || id === '' || id.length > 200) return unknown('a payout without an id');
  const facts = { pspReference: id };
  const [minor, unit] = [textOf(said.amount) ?? '', unitOfSourced(textOf(said.currency) ?? '')];
  if (!/^\d{1,18}$/.test(minor) || unit === null)
    return { ...facts, ...unknown('a payout with an unreadable amount') };
  const status = textOf(said.status) ?? '';
  if (status === 'PENDING') return { ...facts, kind: 'pending' };
  if (REFUSED.has(status))
    return declined('invalid_request', `the PSP says ${status}`, status, facts);
  if (status !== 'SUCCEEDED')
    return { ...facts, ...unknown(`a payout with the status ${status.slice(0, 60)}`) };
  const money = { amountMinor: BigInt(minor), currency: unit };
  if (money.amountMinor !== amount.amountMinor || unit !== amount.currency)
    return { ...facts, ...unknown('the PSP paid another amount') };
  return { ...facts, kind: 'succeeded', what: 'paid_out', ...money };
}
