// The PSPs: `switchyard simulators` in a process of its own that no crash of the server reaches. Their books are the
// oracle: they know nothing of our tables.
import { join } from 'node:path';
import { Program } from './program.ts';
import { until } from './until.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const READY_WITHIN_MS = 90_000;
const PROVIDERS = ['stripe', 'paystack'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What moved at all PSPs together for one payment, in minor units. */
export interface Booked {
  charged: number;
  charges: number;
  authorized: number;
  refunded: number;
  refunds: number;
  /** References (our attempts) that hold money. */
  holders: number;
}

export const NOTHING: Readonly<Booked> = {
  charged: 0,
  charges: 0,
  authorized: 0,
  refunded: 0,
  refunds: 0,
  holders: 0,
};

interface BookLine {
  readonly payment_id: string | null;
  readonly charged: string;
  readonly authorized: string;
  readonly refunded: string;
  readonly paid_out: string;
  readonly counts: {
    readonly charged: number;
    readonly refunded: number;
    readonly paid_out: number;
  };
}

export class Psps {
  readonly url: string;
  readonly #program: Program;

  private constructor(program: Program, url: string) {
    this.#program = program;
    this.url = url;
  }

  /** Webhooks go to the server that listens at `serverUrl`. */
  static async start(port: number, serverUrl: string): Promise<Psps> {
    const webhooks = `${serverUrl}/v1/webhooks/incoming`;
    const args = [MAIN, 'simulators', '--port', String(port), '--webhooks', webhooks];
    const psps = new Psps(Program.run(process.execPath, args), `http://127.0.0.1:${port}`);
    await until('the simulators listen', READY_WITHIN_MS, async () => {
      if (psps.#program.hasEnded) throw new Error(psps.#program.lastWords());
      return psps.books().catch(() => null);
    });
    return psps;
  }

  /** For SWITCHYARD_PROVIDER_URLS. */
  addresses(): string {
    const urls = PROVIDERS.map((one) => [one, `${this.url}/simulators/${one}`]);
    return JSON.stringify(Object.fromEntries(urls));
  }

  /** By payment id; money that belongs to no payment stands under ''. */
  async books(): Promise<Map<string, Booked>> {
    const books = new Map<string, Booked>();
    for (const provider of PROVIDERS) {
      for (const line of await this.#references(provider)) add(books, line);
    }
    return books;
  }

  async #references(provider: Provider): Promise<BookLine[]> {
    const reply = await fetch(`${this.url}/simulators/${provider}/_simulator/books`);
    return ((await reply.json()) as { references: BookLine[] }).references;
  }

  /** How often each amount was paid out: a payout's PSP is not told whose payment it is. */
  async paidOut(provider: Provider): Promise<Map<number, number>> {
    const times = new Map<number, number>();
    for (const { paid_out, counts } of await this.#references(provider)) {
      if (counts.paid_out === 0) continue;
      const amount = Number(paid_out) / counts.paid_out;
      times.set(amount, (times.get(amount) ?? 0) + counts.paid_out);
    }
    return times;
  }

  async fault(provider: Provider, rule: object): Promise<void> {
    await this.control(provider, 'faults', rule);
  }

  /** How the PSP signs webhooks of a key. */
  async signWith(provider: Provider, key: string, url: string, secret: string): Promise<void> {
    await this.control(provider, 'webhook', { key, url, secret });
  }

  stop(): Promise<void> {
    return this.#program.kill();
  }

  private async control(provider: Provider, what: string, body: object): Promise<void> {
    const reply = await fetch(`${this.url}/simulators/${provider}/_simulator/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${provider} ${what}: ${reply.status} ${await reply.text()}`);
  }
}

function add(books: Map<string, Booked>, line: BookLine): void {
  const id = line.payment_id ?? '';
  const sum = books.get(id) ?? { ...NOTHING };
  books.set(id, sum);
  sum.charged += Number(line.charged);
  sum.charges += line.counts.charged;
  sum.authorized += Number(line.authorized);
  sum.refunded += Number(line.refunded);
  sum.refunds += line.counts.refunded;
  if (line.charged !== '0' || line.authorized !== '0') sum.holders += 1;
}
