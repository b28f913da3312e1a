// Another process of the server, on the database of the stage: same parts, own memory. It can be made to die at any of
// its steps (a statement, a transaction, a call of a PSP): from there on it does nothing any more, not even roll back.
import { hostedPages } from '../../src/api/hosted/pages.ts';
import { reevitApi } from '../../src/api/reevit/api.ts';
import { nouns } from '../../src/api/reevit/nouns.ts';
import { buildServer } from '../../src/api/server.ts';
import { incomingWebhooks } from '../../src/api/webhooks/incoming.ts';
import { CallMeter } from '../../src/flows/call-meter.ts';
import { ConfigurationCache } from '../../src/flows/configuration.ts';
import type { Context } from '../../src/flows/context.ts';
import { createLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import type { Db, Executor } from '../../src/store/db.ts';
import type { Answer, Stage } from '../stage.ts';
import type { Shop } from './shop.ts';

export interface Death {
  /** The step at which it dies; 0 is the first. */
  readonly atStep: number;
  /** Before the step had any effect, or after it had all of it and nobody learned of it. */
  readonly when: 'before' | 'after';
}

export interface Process {
  readonly context: Context;
  /** Starts (again) with an empty memory; it will die as told. */
  start(death: Death | null): void;
  /** Where it died, in words; null while it lives. */
  death(): string | null;
  /** A request of a shop; null when the process died over it: the client hears nothing. */
  post(shop: Shop, path: string, json?: unknown, headers?: Headers): Promise<Answer | null>;
  close(): Promise<void>;
}

type Headers = Record<string, string>;

class ProcessDied extends Error {}

export function openProcess({ context: shared }: Stage): Process {
  const life = new Life();
  const db = mortalDb(shared.db, life);
  const { ports, keyRing } = shared;
  const metrics = new Metrics();
  const log = createLog({ level: 'silent' });
  const emptyMemory = () => new ConfigurationCache({ db, ports, keyRing });
  let configurations = emptyMemory();
  const context: Context = {
    ...shared,
    db,
    log,
    get configurations() {
      return configurations;
    },
    calls: new CallMeter({ db, metrics }),
    sendTo: (provider, mode, deadlineMs) => {
      const send = shared.sendTo(provider, mode, deadlineMs);
      return (request) => life.step(`${request.method} to the PSP`, () => send(request));
    },
  };
  const surfaces = [
    reevitApi(context, nouns),
    ...incomingWebhooks(context),
    ...hostedPages(context),
  ];
  const app = buildServer({ context, logger: log, metrics, surfaces });
  return {
    context,
    start: (death) => {
      configurations = emptyMemory();
      life.begin(death);
    },
    death: () => life.end,
    post: async ({ merchant }, path, json, headers = {}) => {
      const reply = await app.inject({
        method: 'POST',
        url: `/v1${path}`,
        headers: { 'x-reevit-key': merchant.key, ...headers },
        ...(json === undefined ? {} : { payload: json as object }),
      });
      if (life.end !== null) return null;
      const { statusCode: status, payload: text } = reply;
      return { status, headers: reply.headers, text, body: JSON.parse(text) };
    },
    close: () => app.close(),
  };
}

class Life {
  #steps = 0;
  #death: Death | null = null;
  end: string | null = null;

  begin(death: Death | null): void {
    this.#steps = 0;
    this.#death = death;
    this.end = null;
  }

  async step<T>(name: string, run: () => Promise<T>): Promise<T> {
    if (this.end !== null) throw new ProcessDied();
    const number = this.#steps;
    this.#steps += 1;
    const isLast = number === this.#death?.atStep;
    if (isLast && this.#death?.when === 'before') this.#die(`before ${number}: ${name}`);
    const result = await run();
    // It died of another step while this one ran.
    if (this.end !== null) throw new ProcessDied();
    if (isLast) this.#die(`after ${number}: ${name}`);
    return result;
  }

  #die(end: string): never {
    this.end = end;
    throw new ProcessDied();
  }
}

function mortalDb(db: Db, life: Life): Db {
  return {
    ...mortal(db, life),
    transaction: (work) =>
      life.step('a transaction', () => db.transaction((tx) => work(mortal(tx, life)))),
    onAnnounced: () => {},
    pool: () => db.pool(),
    close: async () => {},
  };
}

function mortal(db: Executor, life: Life): Executor {
  return {
    run: (statement, values) => life.step(statement.name, () => db.run(statement, values)),
    together: (kind, item) => life.step('a change of the payment', () => db.together(kind, item)),
    announce: (environmentId) => db.announce(environmentId),
  };
}
