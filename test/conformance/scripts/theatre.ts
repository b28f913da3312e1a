// Where script connectors are rehearsed: the real sandbox on one side, every simulator on the other, and time that
// moves only when a case moves it.
import type { Mode } from '../../../src/connectors/contract.ts';
import { type BuiltInScript, builtInScripts } from '../../../src/connectors/script/builtin.ts';
import type {
  Json,
  ScriptAction,
  ScriptPool,
  ScriptSend,
  ScriptStep,
} from '../../../src/connectors/script/contract.ts';
import { openScriptPool } from '../../../src/connectors/script/pool.ts';
import { type Played, Rehearsed } from '../../../src/connectors/script/rehearsal.ts';
import { money } from '../../../src/kernel/money.ts';
import { systemRandom } from '../../../src/kernel/ports.ts';
import { type Button, type Line, type Psps, startPsps } from '../psps.ts';

export interface Scene {
  readonly action?: ScriptAction;
  /** Minor units. */
  readonly amount?: bigint;
  readonly currency?: string;
  readonly body?: { readonly [name: string]: Json };
  readonly credentials?: Readonly<Record<string, string>>;
  readonly mode?: Mode;
  readonly line?: Line;
  /** Instead of the simulator. */
  readonly answer?: ScriptSend;
  readonly parent?: Deal;
}

export interface Theatre {
  readonly psps: Psps;
  readonly pool: ScriptPool;
  script(key: string): BuiltInScript;
  /** A transaction at the PSP with that key. */
  deal(key: string, scene?: Scene): Promise<Deal>;
  close(): Promise<void>;
}

export const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  paymaxis: { apiKey: 'shop-key-0123456789', signingKey: 'LtAs7UiLl5UQ' },
  sticpay: { merchantEmail: 'merchant@example.com', apiKey: 'your_api_key_here' },
};

export async function openTheatre(): Promise<Theatre> {
  const psps = await startPsps();
  const pool = openScriptPool({ clock: psps.clock, random: systemRandom }, { slots: 1 });
  const scripts = new Map(builtInScripts().map((one) => [one.connector.key, one]));
  const known = new Map<string, ReturnType<typeof checked>>();
  const sourcesOf = (key: string) => {
    const { connector, scripts: texts } = script(key);
    const sources = known.get(key) ?? checked(pool, texts, connector.actions.DEPOSIT!.steps);
    known.set(key, sources);
    return sources;
  };
  let deals = 0;
  const script = (key: string) => scripts.get(key)!;
  return {
    psps,
    pool,
    script,
    deal: async (key, scene = {}) => {
      const txnId = `ortx${String(++deals).padStart(12, 'T')}`;
      const { connector } = script(key);
      const sources = await sourcesOf(key);
      const credentials = scene.credentials ?? CREDENTIALS[key]!;
      psps.simulators.knowEndpoint(key, 'sandbox', credentials);
      const { action = 'DEPOSIT', amount = 1200n, currency = 'USD', parent } = scene;
      const body = { ...payload, ...scene.body };
      const parts = {
        connector,
        sources,
        pool,
        send: scene.answer ?? psps.line(key, scene.line ?? 'open'),
        clock: psps.clock,
        credentials,
        mode: scene.mode ?? ('sandbox' as const),
        urls: () => urlsOf(psps, txnId),
      };
      const plan = {
        txnId,
        action,
        amount: money(amount, currency),
        merchantOrderId: 'order-1',
        payload: { body },
      };
      const rehearsed = new Rehearsed(parts, {
        ...plan,
        ...(parent ? { parent: parent.rehearsed } : {}),
      });
      return new Deal(psps, txnId, rehearsed);
    },
    close: async () => {
      await pool.close();
      await psps.close();
    },
  };
}

async function checked(
  pool: ScriptPool,
  texts: Readonly<Record<string, string>>,
  steps: readonly ScriptStep[],
) {
  const entries = await Promise.all(
    Object.entries(texts).map(async ([file, text]) => {
      const check = await pool.check({ text, language: 'javascript', steps });
      if (!check.ok) throw new Error(`${file}: ${check.problems.join('; ')}`);
      return [file, { source: check.source, sha256: check.sha256 }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const SHOP = 'https://shop.example';

function urlsOf({ url }: Psps, txnId: string) {
  const pages = { successRedirectUrl: `${SHOP}/paid`, failureRedirectUrl: `${SHOP}/failed` };
  const webhook = `${url}/webhooks/${txnId}`;
  return {
    server: { redirect: `${url}/back/${txnId}`, webhook, ...pages },
    origin: { ...pages, webhookUrl: webhook },
  };
}

const payload: { readonly [name: string]: Json } = {
  order: { id: 'order-1', money: { amount: 12, currency: 'USD' } },
  customer: {
    id: 'cust_001',
    firstName: 'Ada',
    lastName: 'Example',
    email: 'ada@example.com',
    phone: { phoneNumber: '123123123', countryCode: '+357' },
    address: { line1: '1 Example Street', city: 'Town', zipCode: '94103', country: 'US' },
  },
  language: 'en',
  customAttributes: { customerEmail: 'cust@example.com', accountNumber: 'A1' },
};

/** One transaction, and what its payer and its PSP do. */
export class Deal {
  readonly #psps: Psps;
  readonly txnId: string;
  readonly rehearsed: Rehearsed;
  #heard = 0;

  constructor(psps: Psps, txnId: string, rehearsed: Rehearsed) {
    this.#psps = psps;
    this.txnId = txnId;
    this.rehearsed = rehearsed;
  }

  initiate(): Promise<Played> {
    return this.rehearsed.initiate();
  }

  sync(): Promise<Played> {
    return this.rehearsed.sync();
  }

  /** The messages that came and were not heard yet, in order. */
  get waiting() {
    return this.#psps.inbox(this.txnId).messages.slice(this.#heard);
  }

  /** Hears the next message of the PSP. */
  async hear(): Promise<Played> {
    const [message] = this.waiting;
    if (!message) throw new Error('the PSP has sent nothing');
    this.#heard += 1;
    return this.rehearsed.hear('webhook', message);
  }

  /** Presses a button of the page that `initiate` led to, waits for messages, and returns with the browser's query. */
  async press(page: string, button: Button): Promise<Record<string, string>> {
    const { location } = await this.#psps.press(page, button);
    await this.#psps.advance(100);
    return location === null ? {} : Object.fromEntries(new URL(location).searchParams);
  }

  back(query: Readonly<Record<string, string>>, form: Record<string, string> = {}) {
    const text = new URLSearchParams(form).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.rehearsed.hear('redirect', {
      headers: text === '' ? {} : headers,
      query,
      rawBody: Buffer.from(text),
    });
  }

  /** What the PSP's books say of this transaction. */
  books(provider: string) {
    const { references } = this.#psps.simulators.books(provider);
    return references.filter(({ reference }) => reference === this.txnId);
  }
}

/** Where the script sends the payer. */
export function pageOf({ run }: Pick<Played, 'run'>): string {
  const result = run?.end.kind === 'returned' ? run.end.result : null;
  const data = result?.__type === 'success' ? result.data : null;
  const { navigation } = (data ?? {}) as { navigation?: { value?: string } };
  if (navigation?.value === undefined) throw new Error(`no page: ${JSON.stringify(result)}`);
  return navigation.value;
}
