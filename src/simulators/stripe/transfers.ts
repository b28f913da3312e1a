// Transfers to connected accounts, drawn on the available balance and there at once, and reversals, which call them back
// (psp/stripe.md 2.5; docs.stripe.com/api/transfers and /transfer_reversals).
import type { Account } from './account.ts';
import type { Api } from './api.ts';
import { amount, checkFraction, currency, inMajor } from './currencies.ts';
import { noSuch, refused } from './errors.ts';
import { emit } from './events.ts';
import { availableIn, book } from './ledger.ts';
import { mergedMetadata, originOf } from './metadata.ts';
import type { Transfer, TransferReversal } from './objects.ts';
import { metadata, moment, notSimulated, oneOf, type Read, shape, text } from './params.ts';
import { listPage, nothing, paging, wire } from './wire.ts';

const createShape = shape(
  { amount, currency, destination: text() },
  {
    description: text(),
    metadata,
    source_transaction: notSimulated,
    source_type: oneOf('bank_account', 'card', 'fpx'),
    transfer_group: text(),
  },
);
type CreateParams = Read<typeof createShape.required, typeof createShape.optional>;

function createTransfer(account: Account, params: CreateParams): Transfer {
  const { amount: sum, currency: code, destination } = params;
  checkFraction(sum, code);
  if (!account.connected.get(destination))
    throw noSuch('destination', destination, 'destination', 400);
  if (account.wishes.decline !== null)
    throw refused('transfers_not_allowed', 'The requested transfer cannot be created.');
  if (availableIn(account, code) < sum)
    throw refused(
      'balance_insufficient',
      'You have insufficient available funds in your Stripe account.',
    );
  const id = account.newId('tr');
  const given = mergedMetadata({}, params.metadata);
  const entry = book(account, { type: 'transfer', source: id, amount: -sum, currency: code });
  const transfer = account.transfers.put({
    id,
    object: 'transfer',
    amount: sum,
    amount_reversed: 0,
    balance_transaction: entry.id,
    created: account.nowS(),
    currency: code,
    description: params.description ?? null,
    destination,
    livemode: account.livemode,
    metadata: given,
    reversals: reversalList(id, []),
    reversed: false,
    transfer_group: params.transfer_group ?? `group_${id.slice(3)}`,
    sim: originOf(account, given, id),
  });
  emit(account, 'transfer.created', transfer);
  return transfer;
}

/** As it stands in the transfer: the newest ten. */
function reversalList(transferId: string, reversals: readonly TransferReversal[]) {
  return {
    object: 'list',
    data: reversals.slice(0, 10).map(wire),
    has_more: reversals.length > 10,
    total_count: reversals.length,
    url: `/v1/transfers/${transferId}/reversals`,
  } as const;
}

function findTransfer(account: Account, id: string): Transfer {
  const transfer = account.transfers.get(id);
  if (!transfer) throw noSuch('transfer', id);
  return transfer;
}

const reverseShape = shape(
  {},
  { amount, description: text(), metadata, refund_application_fee: notSimulated },
);
type ReverseParams = Read<typeof reverseShape.required, typeof reverseShape.optional>;

function reverseTransfer(account: Account, params: ReverseParams, id: string): TransferReversal {
  const before = findTransfer(account, id);
  const { currency: code } = before;
  const left = before.amount - before.amount_reversed;
  if (left === 0)
    throw refused('transfer_already_reversed', `Transfer ${id} is already fully reversed.`);
  const sum = params.amount ?? left;
  checkFraction(sum, code);
  if (sum > left) {
    const [wanted, most] = [inMajor(sum, code), inMajor(left, code)];
    throw refused(
      'parameter_invalid_integer',
      `Reversal amount (${wanted}) is greater than unreversed amount on transfer (${most})`,
      { param: 'amount' },
    );
  }
  const given = mergedMetadata({}, params.metadata);
  const reversalId = account.newId('trr');
  const entry = book(account, {
    type: 'transfer_refund',
    source: reversalId,
    amount: sum,
    currency: code,
  });
  const reversal = account.reversals.put({
    id: reversalId,
    object: 'transfer_reversal',
    amount: sum,
    balance_transaction: entry.id,
    created: account.nowS(),
    currency: code,
    livemode: account.livemode,
    metadata: given,
    transfer: id,
    sim: before.sim,
  });
  const amount_reversed = before.amount_reversed + sum;
  const all = account.reversals.list().filter(({ transfer }) => transfer === id);
  const after = account.transfers.put({
    ...before,
    amount_reversed,
    reversals: reversalList(id, all.reverse()),
    reversed: amount_reversed === before.amount,
  });
  const { amount_reversed: was } = before;
  emit(account, 'transfer.reversed', after, { amount_reversed: was });
  return reversal;
}

export function transferRoutes(api: Api): void {
  api.post('/v1/transfers', createShape, createTransfer);
  api.get('/v1/transfers/:id', nothing, (account, _params, id) => findTransfer(account, id));
  const listShape = shape(
    {},
    { ...paging, created: moment, destination: text(), transfer_group: text() },
  );
  api.get('/v1/transfers', listShape, (account, params) => {
    const { created, destination, transfer_group, ...page } = params;
    return listPage(account, account.transfers, '/v1/transfers', page, (one) =>
      [
        created?.(one.created) ?? true,
        destination === undefined || one.destination === destination,
        transfer_group === undefined || one.transfer_group === transfer_group,
      ].every(Boolean),
    );
  });
  api.post('/v1/transfers/:id/reversals', reverseShape, reverseTransfer);
  api.get('/v1/transfers/:id/reversals', shape({}, paging), (account, page, id) => {
    const { url } = findTransfer(account, id).reversals;
    return listPage(account, account.reversals, url, page, ({ transfer }) => transfer === id);
  });
  api.get('/v1/transfers/:transfer/reversals/:id', nothing, (account, _params, id) => {
    const reversal = account.reversals.get(id);
    if (!reversal) throw noSuch('transfer reversal', id);
    return reversal;
  });
}
