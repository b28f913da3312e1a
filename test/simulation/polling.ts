// Connections whose PSP's history is read: operators ask for it over the admin API, merchants by installing a connector
// of the Formance API. While there are faults it is read often; at the end it is read on until nothing can be new.
import { authorizationOf } from './bookkeeping.ts';
import type { Account } from './books.ts';
import { READABLE } from './counters.ts';
import type { Dice } from './dice.ts';
import { ADMIN_TOKEN } from './hull.ts';
import { connectorOf } from './owners.ts';
import type { Answer, Request } from './process.ts';
import { openAccount } from './psps.ts';
import type { Shop } from './shop.ts';

type Ask = (request: Request) => Promise<Answer | null>;

export interface Watch {
  readonly account: Account;
  readonly afterMs: number;
  readonly periodS: number;
  /** Else from the moment that it is asked for: what was before is read at the end. */
  readonly fromTheStart: boolean;
  /** It reads already, because it was installed. */
  readonly isInstalled: boolean;
}

const MINUTE = 60_000;
const HOUR_S = 3_600;
const TWO_DAYS_S = 48 * HOUR_S;
/** While most of a world's traffic is. */
const OFTEN_MS = 4 * MINUTE;
const FORMANCE_PERIOD = '20m';

export function watchesOf(dice: Dice, { accounts, installed }: Shop): Watch[] {
  return accounts
    .filter(({ provider }) => READABLE.has(provider))
    .map((account) => {
      const isInstalled = installed.includes(account);
      const afterMs = dice.between(0, 5 * MINUTE);
      const periodS = dice.pick([60, 60, 120, 600]);
      return {
        account,
        afterMs,
        periodS,
        isInstalled,
        fromTheStart: dice.chance(0.6) || isInstalled,
      };
    });
}

export async function watch(
  shop: Shop,
  ask: Ask,
  { account, afterMs, periodS, fromTheStart, isInstalled }: Watch,
  startMs: number,
): Promise<void> {
  if (isInstalled) return;
  await shop.sleep(afterMs);
  const since = fromTheStart ? { since: new Date(startMs).toISOString() } : {};
  await put(shop, ask, account, { period_s: periodS, ...since });
  await shop.sleep(OFTEN_MS);
  await put(shop, ask, account, { period_s: HOUR_S });
}

/** From here on every other day, and once more from the start where something was not asked for. */
export async function readOn(shop: Shop, ask: Ask, watches: readonly Watch[], startMs: number) {
  for (const { account, fromTheStart } of watches) {
    const since = fromTheStart ? {} : { since: new Date(startMs).toISOString() };
    await put(shop, ask, account, { period_s: TWO_DAYS_S, ...since });
  }
}

export async function stopReading(shop: Shop, ask: Ask, watches: readonly Watch[]) {
  for (const { account } of watches) await put(shop, ask, account, { period_s: null });
}

async function put(shop: Shop, ask: Ask, { id }: Account, payload: object): Promise<void> {
  const path = `/admin/v1/environments/${shop.environmentId}/connections/${id}/ingestion`;
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  for (;;) {
    const answer = await ask({ method: 'PUT', path, headers, payload });
    if (answer?.status === 200) return;
    if (answer !== null && answer.status < 500)
      throw new Error(`${path}: ${answer.status} ${answer.text}`);
    await shop.sleep(2_000);
  }
}

/** A connector of the Formance API reads its history from its installation on. */
export async function install(shop: Shop, ask: Ask, provider: string, dice: Dice): Promise<void> {
  const { key, secret, credentials } = openAccount(provider, dice);
  const headers = await authorizationOf(shop, ask);
  const path = `/api/payments/v3/connectors/install/${provider}`;
  const said = Object.entries(credentials).map(([name, value]) => [
    provider === 'stripe' && name === 'secret_key' ? 'apiKey' : inCamelCase(name),
    value,
  ]);
  const payload = {
    ...Object.fromEntries(said),
    name: `${provider} of ${shop.name}`,
    pollingPeriod: FORMANCE_PERIOD,
  };
  const answer = await ask({ method: 'POST', path, headers, payload });
  if (answer?.status !== 202) throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
  const { id } = connectorOf({ connectorID: answer.body.data });
  shop.installed.push({ id, provider, key, secret });
}

/** Formance's words for credentials (docs/api/formance.md). */
function inCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, one: string) => one.toUpperCase());
}
