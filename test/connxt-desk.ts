// For tests of the Connxt API: a stage whose scripts run in the real sandbox, and a merchant with PSPs at Paymaxis and
// Sticpay, both of them simulators.
import { openScriptPool } from '../src/connectors/script/pool.ts';
import { systemPorts } from '../src/kernel/ports.ts';
import { type Answer, openStage, type Stage, type StageOptions } from './stage.ts';

const ADMIN = { authorization: 'Bearer test-admin-token' };

export const DEPOSIT = 'fat_01jt2cetrheh48mkp2m8z680xz';
export const WITHDRAW = 'fat_01jtj2hq14fexta3pcaeaswc62';
export const REFUND = 'fat_01k5bqfxa3f6cawws5kyqpdkc9';
export const PAYMAXIS = 'ftg_01jwra8pvkfey9h1f71gsw1qsw';
export const STICPAY = 'ftg_01jt2ctt8veh48mkpcx2bdeatz';
export const SIGNING_KEY = 'LtAs7UiLl5UQ'; // psp/paymaxis.md section 6

type Json = Readonly<Record<string, unknown>>;

export interface Client {
  readonly organization: {
    readonly id: string;
    readonly brand_id: string;
    readonly environments: readonly {
      readonly id: string;
      readonly reevit_api_key: string;
      readonly connxt_secret_token: string;
    }[];
  };
  readonly environmentId: string;
  send(
    method: string,
    path: string,
    json?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The same merchant through the Reevit API. */
  reevit(method: string, path: string, json?: unknown): Promise<Answer>;
  admin(method: string, path: string, json?: unknown): Promise<Answer>;
  /** A PSP that is open for all that its target can do; answers its id. */
  psp(target?: string, more?: Json): Promise<string>;
  /** Its definitions by action. */
  definitionsOf(target: string): Promise<Record<string, string>>;
}

export interface Desk {
  readonly stage: Stage;
  client(name?: string): Promise<Client>;
  /** A URL of this server or of a simulator, followed nowhere. */
  visit(
    url: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string },
  ): Promise<{ status: number; location: string | null; text: string }>;
  /** What the buttons of a simulator's page do; answers where the browser is sent. */
  pay(page: string, outcome?: 'success' | 'failure' | 'cancel'): Promise<string>;
  close(): Promise<void>;
}

export async function openDesk(options: StageOptions = {}): Promise<Desk> {
  const scripts = openScriptPool(systemPorts, { slots: 1 });
  const stage = await openStage({ scripts, ...options });
  await stage.context.flows.open();
  const visit: Desk['visit'] = async (url, init = {}) => {
    const reply = await fetch(url, { redirect: 'manual', ...init });
    const location = reply.headers.get('location');
    return { status: reply.status, location, text: await reply.text() };
  };
  return {
    stage,
    visit,
    client: (name = 'Acme') => openClient(stage, name),
    pay: async (page, outcome = 'success') => {
      const { status, location, text } = await visit(page, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `outcome=${outcome}`,
      });
      if (location === null) throw new Error(`no way back: ${status} ${text.slice(0, 200)}`);
      return location;
    },
    close: async () => {
      await stage.close();
      await scripts.close();
    },
  };
}

async function openClient({ app }: Stage, name: string): Promise<Client> {
  const inject = async (
    prefix: string,
    method: string,
    path: string,
    json: unknown,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    const reply = await app.inject({
      method: method as 'GET',
      url: `${prefix}${path}`,
      headers,
      ...(json === undefined ? {} : { payload: json as object }),
    });
    const text = reply.payload;
    const body = text.startsWith('{') ? JSON.parse(text) : null;
    return { status: reply.statusCode, headers: reply.headers, text, body };
  };
  const admin: Client['admin'] = (method, path, json) =>
    inject('/admin/v1', method, path, json, ADMIN);
  const { body: organization } = await admin('POST', '/organizations', { name });
  const [environment] = organization.environments;
  const secret = { 'x-secret-token': environment.connxt_secret_token };
  const send: Client['send'] = (method, path, json, headers = {}) =>
    inject('/connxt/v2', method, path, json, { ...secret, ...headers });
  const definitionsOf: Client['definitionsOf'] = async (target) => {
    const { body } = await send('GET', '/flow-types/definitions?type=PSP');
    const found = body.data.targets.find(({ id }: { id: string }) => id === target);
    return Object.fromEntries(
      found.actions.flatMap((one: { id: string; definition: { id: string } | null }) =>
        one.definition ? [[one.id, one.definition.id]] : [],
      ),
    );
  };
  let made = 0;
  return {
    organization,
    environmentId: environment.id,
    send,
    admin,
    reevit: (method, path, json) =>
      inject('/v1', method, path, json, { 'x-reevit-key': environment.reevit_api_key }),
    definitionsOf,
    psp: async (target = PAYMAXIS, more = {}) => {
      made += 1;
      const credential =
        target === PAYMAXIS
          ? { apiKey: `shop_key_${organization.id}_${made}`, signingKey: SIGNING_KEY }
          : {
              merchantEmail: 'merchant@example.com',
              apiKey: `stic_key_${organization.id}_${made}`,
            };
      const operations = Object.entries(await definitionsOf(target)).map(
        ([flowActionId, flowDefinitionId]) => ({
          flowActionId,
          flowDefinitionId,
          status: 'ENABLED',
        }),
      );
      const { status, body, text } = await send('POST', '/psps/external', {
        name: `PSP ${made}`,
        credential: JSON.stringify(credential),
        flowTargetId: target,
        operations,
        ...more,
      });
      if (status !== 200) throw new Error(`no PSP: ${status} ${text}`);
      return body.data.id;
    },
  };
}

export interface Asked {
  readonly amount?: number;
  readonly currency?: string;
  readonly action?: string;
  readonly target?: string;
  readonly orderId?: string;
  readonly attributes?: Json;
  readonly more?: Json;
}

/** A body of POST /transactions. */
export function transaction(
  pspId: string,
  {
    amount = 12,
    currency = 'USD',
    action = DEPOSIT,
    target = PAYMAXIS,
    orderId = 'order-1',
    attributes = {},
    more = {},
  }: Asked = {},
): Record<string, unknown> {
  return {
    flowActionId: action,
    flowTargetId: target,
    pspId,
    txnCurrency: currency,
    txnAmount: amount,
    executePayload: {
      body: {
        order: { id: orderId, money: { amount, currency } },
        customer: { id: 'cust_001', email: 'ada@example.com' },
        customAttributes: attributes,
      },
    },
    ...more,
  };
}
