// Merchants who keep books: what moved elsewhere they record over the Formance API, whose natural key makes repeats safe,
// so that what is not answered is said again, and much is said at once and in no order.

import type { Dice } from './dice.ts';
import type { Json } from './oracle.ts';
import { connectorOf } from './owners.ts';
import type { Answer, Request } from './process.ts';
import type { Shop } from './shop.ts';

type Ask = (request: Request) => Promise<Answer | null>;

interface Word {
  readonly status: string;
  /** Of the payment; of what was given back, where the word is REFUNDED. */
  readonly amount: number;
  readonly createdAt: string;
}

export interface Recording {
  readonly name: string;
  readonly amount: number;
  readonly asset: string;
  /** The first is heard of before the others are said. */
  readonly words: readonly Word[];
  readonly times: number;
  readonly startsAfterMs: number;
}

const MINUTE = 60_000;
const THEN_MS = Date.parse('2026-03-01T08:00:00Z');

export function recordingsOf(dice: Dice, shop: Shop, count: number): Recording[] {
  return Array.from({ length: count }, (_, index) =>
    recordingOf(dice.fork(`recording ${index}`), `book-${shop.name}-${index}`),
  );
}

function recordingOf(dice: Dice, name: string): Recording {
  const amount = dice.between(1_000, 9_999);
  const at = (index: number) => new Date(THEN_MS + index * MINUTE).toISOString();
  const refunds = dice.pick([0, 0, 1, 2, 3]);
  const given = Array.from({ length: refunds }, () => dice.between(1, Math.floor(amount / 3)));
  return {
    name,
    amount,
    asset: dice.pick(['ZAR/2', 'GHS/2', 'JPY/0']),
    words: [
      { status: 'PENDING', amount, createdAt: at(0) },
      { status: dice.chance(0.8) ? 'SUCCEEDED' : 'FAILED', amount, createdAt: at(1) },
      ...given.map((minor, index) => ({
        status: 'REFUNDED',
        amount: minor,
        createdAt: at(2 + index),
      })),
    ],
    times: dice.pick([1, 1, 2, 3]),
    startsAfterMs: dice.between(0, 5 * MINUTE),
  };
}

export async function keepBooks(
  shop: Shop,
  ask: Ask,
  recordings: readonly Recording[],
): Promise<void> {
  if (recordings.length === 0) return;
  const headers = await authorizationOf(shop, ask);
  const connectorID = await connectorIn(shop, ask, headers);
  await Promise.all(recordings.map((recording) => record(shop, headers, connectorID, recording)));
}

/** The name that the ledger has for the first of the merchant's accounts. */
async function connectorIn(shop: Shop, ask: Ask, headers: Record<string, string>): Promise<string> {
  for (;;) {
    const answer = await ask({ method: 'GET', path: '/api/payments/connectors', headers });
    const all: Json[] = answer?.body?.data ?? [];
    const found = all.find((one) => connectorOf(one).id === shop.accounts[0]?.id);
    if (found) return found.connectorID;
    if (answer !== null && answer.status < 500) throw new Error(`no connector: ${answer.text}`);
    await shop.sleep(1_000);
  }
}

async function record(
  shop: Shop,
  headers: Readonly<Record<string, string>>,
  connectorID: string,
  recording: Recording,
): Promise<void> {
  await shop.sleep(recording.startsAfterMs);
  const say = (word: Word) => {
    const { name: reference, asset } = recording;
    const payload = { ...word, reference, connectorID, asset, type: 'PAY-IN', scheme: 'unknown' };
    const path = '/api/payments/payments';
    const asked = { what: `record ${word.status}`, path, payload, key: null, repeats: true };
    return shop.ask({ ...asked, about: recording, headers }, shop.recorded);
  };
  const [first, ...more] = recording.words;
  await say(first!);
  await Promise.all(
    more.flatMap((word) => Array.from({ length: recording.times }, () => say(word))),
  );
}

/** A token of the merchant's client. */
export async function authorizationOf(shop: Shop, ask: Ask): Promise<Record<string, string>> {
  const grant = new URLSearchParams({ grant_type: 'client_credentials', ...shop.ledgerClient });
  for (;;) {
    const answer = await ask({
      method: 'POST',
      path: '/api/auth/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: grant.toString(),
    });
    if (answer?.status === 200) return { authorization: `Bearer ${answer.body.access_token}` };
    if (answer !== null && answer.status < 500) throw new Error(`no token: ${answer.text}`);
    await shop.sleep(1_000);
  }
}

/** At rest: each is there once, as the latest word has it, less what was given back. */
export function wrongInRecords(shop: Shop, rows: readonly Json[]): string[] {
  const wrong: string[] = [];
  const told = Map.groupBy(shop.recorded, ({ about }) => about as unknown as Recording);
  for (const [{ name, amount, words }, answers] of told) {
    const kept = rows.filter(({ reference }) => reference === name);
    for (const { what, answer } of answers)
      if (answer && answer.status >= 300 && answer.status < 500)
        wrong.push(`${name}: ${what} was answered ${answer.status} ${answer.text}`);
    const heard = answers.some(({ answer }) => answer?.status === 200);
    if (kept.length > 1 || (heard && kept.length === 0))
      wrong.push(`${name}: is recorded ${kept.length} times (F1)`);
    const unheard = answers.some(({ answer }) => answer === null || answer.status >= 300);
    const [row] = kept;
    if (!row || unheard) continue;
    const given = words
      .filter(({ status }) => status === 'REFUNDED')
      .reduce((sum, one) => sum + one.amount, 0);
    const expected = [amount, amount - given, words.at(-1)!.status].join(' ');
    const is = [row.initialAmount, row.amount, row.status].join(' ');
    if (is !== expected) wrong.push(`${name}: is ${is} in the ledger, and should be ${expected}`);
  }
  return wrong;
}
