// The merchants of a world: their organizations, policies, accounts at PSPs and rules, all made over the API.
import type { Account } from './books.ts';
import type { Dice } from './dice.ts';
import { ADMIN_TOKEN } from './hull.ts';
import type { Market } from './markets.ts';
import type { Json } from './oracle.ts';
import { install } from './polling.ts';
import type { Answer, Request } from './process.ts';
import { openAccount } from './psps.ts';
import { Shop, type ShopParts } from './shop.ts';

type Ask = (request: Request) => Promise<Answer | null>;

const ADMIN = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** What a merchant wants to be, drawn before anything is there. */
export interface Plan {
  readonly name: string;
  readonly markets: readonly Market[];
  /** Of the accounts. */
  readonly providers: readonly string[];
  /** Of those that are described by scripts, and connected over the Connxt API. */
  readonly scripts: readonly string[];
  /** Of those that are connected over the Formance API. */
  readonly installs: readonly string[];
}

export async function openShop(
  dice: Dice,
  { name, markets, providers, installs, scripts }: Plan,
  ask: Ask,
  parts: Pick<ShopParts, 'time' | 'trace' | 'customers'>,
): Promise<Shop> {
  const made = await mustAnswer(ask, 'POST', '/admin/v1/organizations', ADMIN, { name });
  const [first] = made.environments;
  const { id: environment, reevit_api_key: apiKey, formance_client: ledgerClient } = first;
  const policy = (path: string, payload: object) =>
    mustAnswer(ask, 'PUT', `/admin/v1/environments/${environment}/${path}`, ADMIN, payload);
  await policy('conflict-policy', {
    conflict_policy: dice.pick(['alert', 'refund_later', 'void_later']),
  });
  await policy('payout-policy', {
    approval: dice.pick(['on_request', 'on_request', 'always', 'another_person']),
  });
  const setUp = (path: string, payload: object) =>
    mustAnswer(ask, 'POST', path, { 'x-reevit-key': apiKey }, payload);
  const accounts = await openAccounts(dice, providers, setUp);
  if (accounts.length > 0 && dice.chance(0.5))
    await setUp('/v1/routing-rules', {
      name: 'first',
      countries: markets.map(({ country }) => country),
      connection_id: dice.pick(accounts).id,
      priority: 10,
      fallback_to_default: dice.chance(0.8),
      enabled: true,
    });
  const shop = new Shop({
    ...parts,
    name,
    environmentId: environment,
    apiKey,
    connxtToken: first.connxt_secret_token,
    ledgerClient,
    markets,
    accounts,
    dice: dice.fork(`${name} shop`),
    request: ask,
  });
  await setUp('/v1/webhooks/config', { url: shop.endpoint, enabled: true });
  for (const provider of scripts)
    shop.scripted.push(await openScripted(dice, provider, ask, shop.connxt));
  for (const provider of installs)
    await install(shop, ask, provider, dice.fork(`${name} installs ${provider}`));
  return shop;
}

async function openAccounts(
  dice: Dice,
  providers: readonly string[],
  setUp: (path: string, payload: object) => Promise<Json>,
): Promise<Account[]> {
  const accounts: Account[] = [];
  for (const provider of providers) {
    const { key, secret, credentials } = openAccount(provider, dice);
    const { id } = await setUp('/v1/connections', {
      provider,
      mode: 'sandbox',
      credentials,
      ...(dice.chance(0.3) ? { routing_hints: { fallback_only: true } } : {}),
    });
    accounts.push({ id, provider, key, secret });
  }
  return accounts;
}

/** A PSP that a script describes, open for all that the script can do. */
async function openScripted(
  dice: Dice,
  provider: string,
  ask: Ask,
  headers: Readonly<Record<string, string>>,
): Promise<Account> {
  const { key, secret, credentials } = openAccount(provider, dice);
  const path = '/connxt/v2/flow-types/definitions?type=PSP';
  const { data } = await mustAnswer(ask, 'GET', path, { ...headers });
  const target = data.targets.find(({ name }: Json) => name.toLowerCase() === provider);
  const operations = target.actions.flatMap(({ id, definition }: Json) =>
    definition ? [{ flowActionId: id, flowDefinitionId: definition.id, status: 'ENABLED' }] : [],
  );
  const name = `${provider} ${key}`;
  const asked = { name, credential: credentials, flowTargetId: target.id, operations };
  const made = await mustAnswer(ask, 'POST', '/connxt/v2/psps/external', { ...headers }, asked);
  return { id: made.data.id, provider, key, secret, targetId: target.id };
}

async function mustAnswer(
  ask: Ask,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  headers: Record<string, string>,
  payload?: object,
): Promise<Json> {
  const answer = await ask({ method, path, headers, ...(payload ? { payload } : {}) });
  if (answer === null || answer.status > 201)
    throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
  return answer.body;
}
