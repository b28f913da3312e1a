// Where a crash test happens: PSPs, a server, a merchant with its connections, all of it new, and removed however the
// test ends.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Dice, seedOfRun } from './dice.ts';
import { ADMIN_TOKEN, Merchant } from './merchant.ts';
import type { Accounts } from './orders.ts';
import { Psps } from './psps.ts';
import { reservePort, Server } from './server.ts';
import { Traffic } from './traffic.ts';

export interface GroundOptions {
  /** What each of several servers has for itself; one without. Webhooks go to the last. */
  readonly servers?: readonly Readonly<Record<string, string>>[];
  /** What all of them have. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command that runs the servers' commands. */
  readonly around?: (command: readonly string[]) => string[];
  /** Whether the first Stripe connection declines every charge. */
  readonly refuses?: boolean;
}

/** A test takes half a minute on two free processors, and must not fail because they are shared. */
export const TEST_MS = 600_000 * effort();

// Opening a ground starts servers and databases: on a busy machine that takes longer than hooks commonly have.
vi.setConfig({ hookTimeout: 300_000 });

/** A minute until the host believes that a PSP has no trace of something, and time for what is left. */
export const SETTLED_WITHIN_MS = 120_000;

/** SWITCHYARD_CRASH_ROUNDS: as many times the rounds of every test; one without. */
export function effort(): number {
  const given = Number(process.env.SWITCHYARD_CRASH_ROUNDS);
  return Number.isSafeInteger(given) && given > 0 ? given : 1;
}

export class Ground {
  readonly seed: number;
  readonly dice: Dice;
  readonly psps: Psps;
  readonly servers: readonly Server[];
  readonly merchant: Merchant;
  readonly traffic: Traffic;
  readonly accounts: Accounts;
  readonly #dir: string;
  readonly #openedMs = Date.now();
  readonly #steps: string[] = [];

  private constructor(
    parts: Pick<Ground, 'psps' | 'servers' | 'merchant' | 'accounts'>,
    dir: string,
  ) {
    this.seed = seedOfRun();
    this.dice = new Dice(this.seed);
    this.psps = parts.psps;
    this.servers = parts.servers;
    this.merchant = parts.merchant;
    this.accounts = parts.accounts;
    this.traffic = new Traffic(parts.merchant, parts.psps.url);
    this.#dir = dir;
  }

  static async open(options: GroundOptions = {}): Promise<Ground> {
    const { servers: each = [{}], env = {}, around, refuses = true } = options;
    const dir = mkdtempSync(join(tmpdir(), 'switchyard-crash-'));
    chmodSync(dir, 0o755); // root's Postgres is another user
    const opened: (() => Promise<unknown>)[] = [async () => rmSync(dir, { recursive: true })];
    try {
      const ports = await Promise.all([null, ...each].map(reservePort));
      const [pspPort = 0, ...serverPorts] = ports;
      const psps = await Psps.start(pspPort, `http://127.0.0.1:${serverPorts.at(-1)}`);
      opened.unshift(() => psps.stop());
      const servers = serverPorts.map((port, index) => {
        const own = {
          SWITCHYARD_ADMIN_TOKEN: ADMIN_TOKEN,
          SWITCHYARD_PROVIDER_URLS: psps.addresses(),
          ...env,
          ...each[index],
        };
        return new Server({ port, dataDir: join(dir, `data-${index}`), env: own, around });
      });
      for (const server of servers) {
        opened.unshift(() => server.remove());
        await server.start();
      }
      const merchant = new Merchant(() => servers.at(-1)!.url);
      opened.unshift(() => merchant.close());
      await merchant.signUp('Crash test');
      const accounts = await connect(merchant, psps, refuses);
      return new Ground({ psps, servers, merchant, accounts }, dir);
    } catch (error) {
      for (const close of opened) await close().catch(() => {});
      throw error;
    }
  }

  get server(): Server {
    return this.servers[0]!;
  }

  /** Notes how far the test is, for `tell`. */
  step(name: string): void {
    this.#steps.push(`${((Date.now() - this.#openedMs) / 1000).toFixed(1)} s ${name}`);
  }

  /** For a test that failed: its seed, how far it came, and what its servers said last. */
  tell(): void {
    const said = this.servers.map(
      (one) => `the server ${one.lives ? 'lives' : 'has ended'}: ${one.lastWords()}`,
    );
    console.info(
      [`SWITCHYARD_CRASH_SEED=${this.seed}`, this.#steps.join(', '), ...said].join('\n'),
    );
  }

  async close(): Promise<void> {
    await this.merchant.close();
    await Promise.all([...this.servers.map((server) => server.remove()), this.psps.stop()]);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

async function connect(merchant: Merchant, psps: Psps, refuses: boolean): Promise<Accounts> {
  // The first one made is the first one tried.
  const first = await merchant.connect('stripe', psps);
  const { secretKey: key } = first;
  if (refuses) await psps.fault('stripe', { key, fault: 'decline', code: 'do_not_honor' });
  const stripe = await merchant.connect('stripe', psps);
  const paystack = await merchant.connect('paystack', psps);
  return { first: first.id, stripe: stripe.id, paystack: paystack.id };
}
