// Payouts to the merchant's own bank account (psp/stripe.md section 2.5): drawn on the available balance, on their
// way for a while, paid or returned.
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { amount, checkPayoutAmount, currency } from './currencies.ts';
import { noSuch, refused } from './errors.ts';
import { emit } from './events.ts';
import { availableIn, book } from './ledger.ts';
import { mergedMetadata, originOf } from './metadata.ts';
import type { Payout } from './objects.ts';
import { metadata, moment, oneOf, type Read, shape, text } from './params.ts';
import { listPage, nothing, paging } from './wire.ts';

export const PAYOUT_MOVES = 'stripe payout moves';
/** From one status to the next [SY]; at Stripe it takes days. */
const MOVES_AFTER_MS = 1_500;
const ARRIVES_AFTER_S = { standard: 2 * 86_400, instant: 1_800 } as const;

const createShape = shape(
  { amount, currency },
  {
    description: text(),
    destination: text(),
    metadata,
    method: oneOf('instant', 'standard'),
    source_type: oneOf('bank_account', 'card', 'fpx'),
    statement_descriptor: text(22),
  },
);
type CreateParams = Read<typeof createShape.required, typeof createShape.optional>;

/** The merchant's own. */
export function bankAccountId({ id }: Account): string {
  return `ba_1${id.slice(6)}`;
}

function createPayout(account: Account, params: CreateParams): Payout {
  const { amount: sum, currency: code, method = 'standard' } = params;
  checkPayoutAmount(sum, code);
  if (availableIn(account, code) < sum) {
    throw refused(
      'balance_insufficient',
      'You have insufficient funds in your Stripe account. One way to get money into the available balance in test mode is a charge of the card 4000000000000077.',
    );
  }
  const id = account.newId('po');
  const given = mergedMetadata({}, params.metadata);
  const entry = book(account, {
    type: 'payout',
    source: id,
    amount: -sum,
    currency: code,
    description: 'STRIPE PAYOUT',
  });
  const payout = account.payouts.put({
    id,
    object: 'payout',
    amount: sum,
    arrival_date: account.nowS() + ARRIVES_AFTER_S[method],
    balance_transaction: entry.id,
    created: account.nowS(),
    currency: code,
    description: params.description ?? null,
    destination: params.destination ?? bankAccountId(account),
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: account.livemode,
    metadata: given,
    method,
    statement_descriptor: params.statement_descriptor ?? null,
    status: 'pending',
    sim: { ...originOf(account, given, id), failure: account.wishes.decline },
  });
  emit(account, 'payout.created', payout);
  account.parts.schedule.after(delayMs(account), account.key, PAYOUT_MOVES, id);
  return payout;
}

function delayMs(account: Account): number {
  return account.wishes.lateMs ?? MOVES_AFTER_MS;
}

/** The planned next step: pending, in transit, then paid or failed. */
export function movePayout(account: Account, id: string): void {
  const before = account.payouts.get(id);
  if (before?.status === 'pending') {
    const moving = account.payouts.put({ ...before, status: 'in_transit' });
    emit(account, 'payout.updated', moving, { status: before.status });
    account.parts.schedule.after(delayMs(account), account.key, PAYOUT_MOVES, id);
  } else if (before?.status === 'in_transit') {
    if (before.sim.failure === null) {
      const paid = account.payouts.put({ ...before, status: 'paid' });
      emit(account, 'payout.paid', paid, { status: before.status });
    } else {
      const failed = giveBack(account, before, 'failed', 'payout_failure');
      emit(account, 'payout.failed', failed, { status: before.status });
    }
  }
}

const FAILURES = ['account_closed', 'no_account', 'debit_not_authorized', 'could_not_process'];

function giveBack(
  account: Account,
  payout: Payout,
  status: 'failed' | 'canceled',
  type: 'payout_failure' | 'payout_cancel',
): Payout {
  const entry = book(account, {
    type,
    source: payout.id,
    amount: payout.amount,
    currency: payout.currency,
  });
  const failure = payout.sim.failure ?? '';
  const code = FAILURES.includes(failure) ? failure : 'could_not_process';
  return account.payouts.put({
    ...payout,
    status,
    failure_balance_transaction: entry.id,
    ...(status === 'failed'
      ? { failure_code: code, failure_message: 'The bank returned the payout.' }
      : {}),
  });
}

function findPayout(account: Account, id: string): Payout {
  const payout = account.payouts.get(id);
  if (!payout) throw noSuch('payout', id, 'payout');
  return payout;
}

export function payoutRoutes(api: Api): void {
  api.post('/v1/payouts', createShape, createPayout);
  api.get('/v1/payouts/:id', nothing, (account, _params, id) => findPayout(account, id));
  api.post('/v1/payouts/:id/cancel', nothing, (account, _params, id) => {
    const before = findPayout(account, id);
    if (before.status !== 'pending') {
      throw refused(
        'payout_not_cancelable',
        `Payouts can only be canceled while they are pending; this one has a status of ${before.status}.`,
      );
    }
    const canceled = giveBack(account, before, 'canceled', 'payout_cancel');
    emit(account, 'payout.canceled', canceled, { status: before.status });
    return canceled;
  });
  const statuses = oneOf('pending', 'in_transit', 'paid', 'failed', 'canceled');
  const listShape = shape(
    {},
    { ...paging, created: moment, arrival_date: moment, destination: text(), status: statuses },
  );
  api.get('/v1/payouts', listShape, (account, params) => {
    const { created, arrival_date, destination, status, ...page } = params;
    return listPage(account, account.payouts, '/v1/payouts', page, (payout) =>
      [
        created?.(payout.created) ?? true,
        arrival_date?.(payout.arrival_date) ?? true,
        destination === undefined || payout.destination === destination,
        status === undefined || payout.status === status,
      ].every(Boolean),
    );
  });
}
