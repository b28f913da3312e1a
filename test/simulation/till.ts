// Merchants who bring payments over the Connxt API: a deposit at one PSP and, when that refuses, the same order at the
// next one; repeats under one externalRequestId or key, also at once; refunds that name their deposit.
import { fixedTypeId } from '../../src/kernel/base62.ts';
import type { Account } from './books.ts';
import type { Button } from './customers.ts';
import type { Dice } from './dice.ts';
import type { Market } from './markets.ts';
import type { Json } from './oracle.ts';
import type { Shop } from './shop.ts';

/** Their payers go to a page, which is how a deposit is paid. */
const WITH_PAGES = new Set(['stripe', 'paystack', 'flutterwave', 'monnify', 'hubtel']);
const DEPOSIT = 'fat_01jt2cetrheh48mkp2m8z680xz';
const REFUND = 'fat_01k5bqfxa3f6cawws5kyqpdkc9';
const PATH = '/connxt/v2/transactions';

export interface Deposit {
  readonly name: string;
  /** Minor units. */
  readonly amount: number;
  readonly market: Market;
  /** In this order, until one takes it. */
  readonly accounts: readonly Account[];
  readonly namedBy: 'externalRequestId' | 'key' | 'nothing';
  /** At once. */
  readonly times: number;
  readonly outcomes: readonly Button[];
  readonly refunds: readonly number[];
  readonly startsAfterMs: number;
}

const MINUTE = 60_000;

export function depositsOf(dice: Dice, shop: Shop, count: number): Deposit[] {
  return Array.from({ length: count }, (_, index) =>
    depositOf(dice.fork(`deposit ${index}`), shop, `${shop.name}-deposit-${index}`),
  ).filter(({ accounts }) => accounts.length > 0);
}

function depositOf(dice: Dice, { markets, accounts }: Shop, name: string): Deposit {
  const market = dice.pick(markets);
  const able = accounts.filter(
    ({ provider, targetId }) =>
      targetId !== undefined ||
      (WITH_PAGES.has(provider) && [...market.first, ...market.providers].includes(provider)),
  );
  const tries = Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => dice.between(0, 1e9));
  const namedBy = dice.pick(['externalRequestId', 'externalRequestId', 'key', 'nothing'] as const);
  return {
    name,
    amount: market.amount(dice),
    market,
    accounts: able.length === 0 ? [] : tries.map((draw) => able[draw % able.length]!),
    namedBy,
    times: namedBy === 'nothing' ? 1 : dice.pick([1, 1, 2, 3]),
    outcomes: tries.map(() => dice.pick(['success', 'success', 'failure', 'cancel'] as const)),
    refunds: Array.from({ length: dice.pick([0, 0, 1, 2]) }, () => dice.between(5, 70)),
    startsAfterMs: dice.between(0, 5 * MINUTE),
  };
}

export async function deposit(shop: Shop, about: Deposit): Promise<void> {
  await shop.sleep(about.startsAfterMs);
  for (const [index, account] of about.accounts.entries()) {
    const made = await create(shop, about, account, `${about.name}-${index}`);
    if (made === null) return;
    const page = made.data?.data?.navigation?.value;
    if (page) await shop.pays(page, about.outcomes[index]!);
    await shop.sleep(MINUTE);
    const now = await read(shop, made.txnId);
    if (now?.status === 'SUCCESS') return giveBack(shop, about, account, made.txnId);
    // Where it is not over, nobody begins it anew elsewhere.
    if (!['FAILED', 'REJECTED', 'CANCELLED'].includes(now?.status)) return;
  }
}

async function create(shop: Shop, about: Deposit, account: Account, name: string): Promise<Json> {
  const named = about.namedBy === 'externalRequestId' ? { externalRequestId: name } : {};
  const payload = bodyOf(about, account, DEPOSIT, about.amount, named);
  const key = about.namedBy === 'key' ? name : null;
  const asked = { about, what: `deposit ${name}`, path: PATH, payload, key, headers: shop.connxt };
  const repeats = about.namedBy !== 'nothing';
  const answers = await Promise.all(
    Array.from({ length: about.times }, () => shop.ask({ ...asked, repeats }, shop.deposited)),
  );
  return answers.find((answer) => answer?.status === 200)?.body.data ?? null;
}

async function giveBack(shop: Shop, about: Deposit, account: Account, parentTxnId: string) {
  for (const [index, percent] of about.refunds.entries()) {
    const amount = Math.floor((about.amount * percent) / 100);
    const payload = bodyOf(about, account, REFUND, amount - (amount % 100), {
      parentTxnId,
      externalRequestId: `${about.name}-refund-${index}`,
    });
    const what = `refund ${index}`;
    const asked = { about, what, path: PATH, payload, key: null, headers: shop.connxt };
    await shop.ask({ ...asked, repeats: true }, shop.deposited);
  }
}

function bodyOf(about: Deposit, account: Account, action: string, minor: number, more: object) {
  const { currency, country } = about.market;
  const money = { amount: minor / 100, currency };
  return {
    flowActionId: action,
    flowTargetId: account.targetId ?? fixedTypeId('ftg', account.provider),
    pspId: account.id,
    txnCurrency: currency,
    txnAmount: money.amount,
    executePayload: {
      body: {
        order: { id: about.name, money },
        customer: { id: 'cust_1', email: 'ama@example.com', address: { country } },
      },
    },
    ...more,
  };
}

async function read(shop: Shop, txnId: string): Promise<Json> {
  const answer = await shop.get(`${PATH}/${txnId}`, shop.connxt);
  return answer?.status === 200 ? answer.body.data : null;
}
