// What merchants of a world do at their PSPs without us: they take payments there, give back of these and of ours, answer
// disputes and pay out. Drawn before anything happens; what of it came to be, the PSPs' books say.
import type { FastifyInstance } from 'fastify';
import type { BooksReport } from '../../src/simulators/control.ts';
import type { Account } from './books.ts';
import { type Call, COUNTERS, READABLE } from './counters.ts';
import type { Dice } from './dice.ts';
import type { Market } from './markets.ts';
import type { Json } from './oracle.ts';
import type { Order } from './orders.ts';
import type { Shop } from './shop.ts';

export interface Deed {
  readonly do: 'sell' | 'give_back' | 'pay_out';
  readonly name: string;
  readonly account: Account;
  readonly minor: number;
  readonly currency: string;
  readonly simulate: string;
  readonly startsAfterMs: number;
  readonly refunds: readonly { readonly percent: number; readonly afterMs: number }[];
  /** How the dispute is answered, if there is one; null: not at all. */
  readonly wins: boolean | null;
}

const MINUTE = 60_000;

export function deedsOf(dice: Dice, shop: Shop, count: number): Deed[] {
  const places = shop.accounts.flatMap((account) => {
    const market = shop.markets.find((one) => sellsAt(one, account));
    return READABLE.has(account.provider) && market ? [{ account, market }] : [];
  });
  if (places.length === 0) return [];
  return Array.from({ length: count }, (_, index) =>
    deedOf(dice.fork(`deed ${index}`), dice.pick(places), `${shop.name}-byhand-${index}`),
  );
}

function sellsAt({ first, providers }: Market, { provider }: Account): boolean {
  return first.includes(provider) || providers.includes(provider);
}

type Place = { readonly account: Account; readonly market: Market };

function deedOf(dice: Dice, { account, market }: Place, name: string): Deed {
  const wishes = [
    ...(dice.chance(0.3) ? [`late_success:${dice.wait(4 * MINUTE)}`] : []),
    ...(dice.chance(0.25) ? ['dispute'] : []),
    ...(dice.chance(0.15) ? ['refund.late_success:90000'] : []),
  ];
  return {
    do: dice.pick(['sell', 'sell', 'sell', 'give_back', 'give_back', 'pay_out']),
    name,
    account,
    minor: market.amount(dice),
    currency: market.currency,
    simulate: wishes.join(','),
    startsAfterMs: dice.between(0, 7 * MINUTE),
    refunds: Array.from({ length: dice.pick([0, 0, 1, 1, 2, 3]) }, () => ({
      percent: dice.between(5, 50),
      afterMs: dice.chance(0.2) ? 0 : dice.wait(3 * MINUTE),
    })),
    wins: dice.pick([true, false, null]),
  };
}

/** Some of what customers paid through us they contest at the PSP. */
export function contested(dice: Dice, order: Order): Order {
  const { metadata } = order.body as { metadata: { simulate?: string } };
  if (!dice.chance(0.12)) return order;
  const simulate = [...(metadata.simulate ? [metadata.simulate] : []), 'dispute'].join(',');
  return { ...order, body: { ...order.body, metadata: { ...metadata, simulate } } };
}

export interface Desk {
  readonly shop: Shop;
  readonly psps: FastifyInstance;
  readonly books: (account: Account) => BooksReport;
  readonly say: (what: string) => void;
}

export async function doByHand(desk: Desk, deed: Deed): Promise<void> {
  const { shop, say } = desk;
  const { account, minor, currency, name } = deed;
  await shop.sleep(deed.startsAfterMs);
  switch (deed.do) {
    case 'pay_out': {
      const call = COUNTERS[account.provider]!.payOut(name, minor, currency);
      if (call) say(`${name} pays out ${minor}: ${told(await ask(desk, account, call))}`);
      return;
    }
    case 'give_back': {
      const ours = soldAt(desk, account).filter((one) => one.isOurs && one.isPaid);
      // The latest: it is the one that the server may know least of.
      const last = ours.at(-1);
      if (last) await giveBack(desk, deed, last.own, last.minor);
      return;
    }
    case 'sell': {
      const counter = COUNTERS[account.provider]!;
      const sale = { reference: name, minor, currency, simulate: deed.simulate };
      const reply = await ask(desk, account, counter.sell(sale, account));
      const own = reply === null ? undefined : counter.soldAs(reply);
      say(`${name} sells ${minor} at ${account.provider}: ${own ?? 'no word'}`);
      if (own !== undefined) await giveBack(desk, deed, String(own), minor);
    }
  }
}

async function giveBack(desk: Desk, deed: Deed, own: string, minor: number): Promise<void> {
  const { shop, say } = desk;
  const { account, name, refunds, wins } = deed;
  const counter = COUNTERS[account.provider]!;
  for (const [index, { percent, afterMs }] of refunds.entries()) {
    await shop.sleep(afterMs);
    const back = Math.floor((minor * percent) / 100);
    // Whole units: some currencies know no cents.
    const call = counter.giveBack(own, back - (back % 100), `${name}-${index}`);
    say(`${name} gives back ${back} of ${own}: ${told(await ask(desk, account, call))}`);
  }
  if (wins === null) return;
  await shop.sleep(MINUTE);
  const open = counter.disputes(objectsOf(desk, account)).find((one) => one.of === own);
  const answer = open && counter.answerDispute(open.id, wins);
  if (answer) say(`${name} answers ${open.id}: ${told(await ask(desk, account, answer))}`);
}

function soldAt(desk: Desk, account: Account) {
  return COUNTERS[account.provider]!.sold(objectsOf(desk, account));
}

function objectsOf({ books }: Desk, account: Account): Json {
  return books(account).objects ?? {};
}

function told(reply: Json): string {
  return reply === null ? 'refused' : 'done';
}

/** As the merchant, who signs in for it. Null: no answer that says anything, or a refusal. */
async function ask(
  { psps }: Desk,
  account: Account,
  { method = 'POST', path, json, form }: Call,
): Promise<Json> {
  const authorization = await signIn(psps, account);
  if (authorization === null) return null;
  return send(psps, {
    method,
    url: `/simulators/${account.provider}${path}`,
    headers: {
      authorization,
      ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(form ? { payload: new URLSearchParams(form).toString() } : {}),
    ...(json ? { payload: json } : {}),
  });
}

async function signIn(psps: FastifyInstance, { provider, key, secret }: Account) {
  if (provider !== 'monnify') return `Bearer ${key}`;
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  const reply = await send(psps, {
    method: 'POST',
    url: '/simulators/monnify/api/v1/auth/login',
    headers: { authorization: `Basic ${basic}` },
  });
  const token = reply?.responseBody?.accessToken;
  return token === undefined ? null : `Bearer ${token}`;
}

async function send(psps: FastifyInstance, request: object): Promise<Json> {
  try {
    const reply = await psps.inject(request);
    return reply.statusCode < 300 ? JSON.parse(reply.payload) : null;
  } catch {
    return null;
  }
}
