// One process of the server in a world: the real routes, flows and worker over a database, a network and a clock that
// the world owns. It dies at the steps that its dice say, and starts again with an empty memory.
import type { App } from '../../src/api/app.ts';
import { presentEvent } from '../../src/api/reevit/events/present.ts';
import { noScripts } from '../../src/connectors/script/no-pool.ts';
import { CallMeter } from '../../src/flows/call-meter.ts';
import { ConfigurationCache } from '../../src/flows/configuration.ts';
import type { Context } from '../../src/flows/context.ts';
import { wakeDeliveries } from '../../src/flows/deliver-event/wake.ts';
import { FlowCatalogue } from '../../src/flows/flow-catalogue/catalogue.ts';
import { queues } from '../../src/flows/sync/work-due.ts';
import type { Ports } from '../../src/kernel/ports.ts';
import type { Db } from '../../src/store/db.ts';
import type { KeyRing } from '../../src/vault/key-ring.ts';
import type { Dice } from './dice.ts';
import { type Due, earliest } from './ground.ts';
import { type Crew, giveBack, type Hull, takeHull } from './hull.ts';
import { Life, mortalDb, type Perils } from './life.ts';
import type { Network } from './network.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

export const PSP_URL = 'http://psps.test';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the API answered
  readonly body: any;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: object | string;
}

export interface ProcessParts {
  readonly name: string;
  /** The APIs and pages that it has, by name. */
  readonly surfaces: ReadonlySet<string>;
  readonly time: Time;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly db: Db;
  readonly keyRing: KeyRing;
  /** Where there are scripts: the catalogue of them, which all processes share. */
  readonly flows: () => FlowCatalogue | null;
  readonly network: Network;
  readonly perils: () => Perils;
  /** Milliseconds that this machine's clock is ahead of the world's. */
  readonly aheadMs: () => number;
  readonly onCredentialsSaved: NonNullable<Context['onCredentialsSaved']>;
  readonly readDue: () => Promise<Due>;
  /** A worker that knows of nothing looks again after this. */
  readonly idleMs: () => number;
  /** A line of the server's own log that says that something is wrong. */
  readonly onError: (line: string) => void;
  readonly onDeath: (process: Process) => void;
}

/** What began is looked after so often, and as soon as any of it ends. */
const LOOK_MS = 1_000;

export class Process {
  readonly #parts: ProcessParts;
  #life: Life | null = null;
  #app: App | null = null;
  #hull: Hull | null = null;
  #woken = false;
  #rouse: () => void = () => {};
  #waiting = new Set<() => void>();
  deaths = 0;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  get isUp(): boolean {
    return this.#life !== null && !this.#life.isOver;
  }

  async start(): Promise<void> {
    const { name, trace, surfaces, onError } = this.#parts;
    const hull = await takeHull(surfaces);
    const life = new Life({ ...this.#parts, onDeath: () => this.#died() });
    const { app, context } = hull.enter(this.#crew(life), onError);
    context.db.onAnnounced((environmentId) => wakeDeliveries(context, environmentId));
    this.#life = life;
    this.#hull = hull;
    this.#app = app;
    trace.say(name, 'starts');
    void this.#work(context, life);
  }

  kill(why: string): void {
    this.#life?.die(why);
  }

  /** Null: the process died over it, and the client hears nothing. */
  request({ method, path, headers = {}, payload }: Request): Promise<Answer | null> {
    const app = this.#app;
    if (app === null || !this.isUp) return Promise.resolve(null);
    return new Promise((resolve) => {
      const lost = () => resolve(null);
      this.#waiting.add(lost);
      void app
        .inject({ method, url: path, headers, ...(payload === undefined ? {} : { payload }) })
        .then((reply) => {
          this.#waiting.delete(lost);
          const text = reply.payload;
          resolve({
            status: reply.statusCode,
            headers: reply.headers,
            text,
            body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
          });
        }, lost);
    });
  }

  #died(): void {
    this.deaths += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const lost of waiting) lost();
    this.#rouse = () => {};
    this.#app = null;
    if (this.#hull) giveBack(this.#parts.surfaces, this.#hull);
    this.#hull = null;
    this.#parts.onDeath(this);
  }

  #crew(life: Life): Crew {
    const { time, dice, keyRing, network, aheadMs, onCredentialsSaved } = this.#parts;
    const db = mortalDb(this.#parts.db, life, { ...this.#parts, onDeath: () => {} });
    const ports: Ports = {
      clock: { nowMs: () => time.nowMs() + aheadMs() },
      random: dice.random(),
    };
    const flows = this.#parts.flows() ?? new FlowCatalogue({ db, ports, scripts: noScripts });
    return {
      db,
      ports,
      keyRing,
      flows,
      sendTo: (provider, _mode, deadlineMs) => network.sender(life, provider, deadlineMs),
      simulatorOf: (provider) => `${PSP_URL}/simulators/${provider}`,
      configurations: new ConfigurationCache({ db, ports, keyRing, flows }),
      calls: new CallMeter({ db }),
      postToMerchant: network.merchantPost(life),
      localEndpoints: true,
      presentEvent,
      wake: () => this.#wake(),
      onCredentialsSaved,
    };
  }

  /** The worker: as work/worker.ts, but it sleeps until something is due instead of looking every second. */
  async #work(context: Context, life: Life): Promise<void> {
    const { time, readDue, aheadMs, idleMs } = this.#parts;
    let inVain = 0;
    while (!life.isOver) {
      this.#woken = false;
      const due = await life.step('a look at what is due', 0, readDue);
      const nowMs = time.nowMs() + aheadMs();
      const waitMs = (earliest(due) ?? Number.POSITIVE_INFINITY) - nowMs;
      if (waitMs > 0) {
        await this.#sleep(life, Math.min(idleMs(), waitMs));
        continue;
      }
      const begun = await Promise.all(
        queues
          .filter(({ name }) => isDue(due, name, nowMs))
          .map((queue) => queue.begin(context, queue.slots).catch(() => [])),
      );
      const items = begun.flat();
      // As in the real one, what takes long holds up nothing else.
      for (const item of items) void item.then(() => this.#wake());
      await context.calls.flush().catch(() => {});
      // Else another process has it: its lease is long.
      inVain = items.length > 0 ? 0 : inVain + 1;
      await this.#sleep(life, inVain === 0 ? LOOK_MS : Math.min(20_000, 500 * 2 ** inVain));
    }
  }

  #wake(): void {
    this.#woken = true;
    this.#rouse();
  }

  #sleep(life: Life, ms: number): Promise<void> {
    const { time } = this.#parts;
    return new Promise((resolve) => {
      const end = () => {
        if (!life.isOver) resolve();
      };
      const cancel = time.after(this.#woken ? 1 : ms, end);
      this.#rouse = () => {
        this.#rouse = () => {};
        cancel();
        // In the world's order of things, not in the middle of whoever woke it.
        time.after(1, end);
      };
    });
  }
}

function isDue(due: Due, queue: string, nowMs: number): boolean {
  const at = due[queue];
  if (at === undefined) throw new Error(`ground.ts does not know when the queue ${queue} is due`);
  return at !== null && at <= nowMs;
}
