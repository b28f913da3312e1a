// The HTTP side of a process: the real routes. It takes longer to build than a world of payments takes to happen, so it
// is built once and put around one life after the other. It keeps nothing of them: what a process remembers hangs on its
// database handle (flows/memory.ts), which every life has anew; what was being answered is given up with its life.
import type { ServerResponse } from 'node:http';
import type { App } from '../../src/api/app.ts';
import { buildServer } from '../../src/api/server.ts';
import type { Context } from '../../src/flows/context.ts';
import { createLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { surfacesOf } from '../../src/surfaces.ts';

export const ADMIN_TOKEN = 'simulated-admin-token';
export const PUBLIC_URL = 'http://switchyard.test';

type Log = ReturnType<typeof createLog>;

/** What a life brings; the rest is the hull's. */
export type Crew = Omit<Context, 'log' | 'publicUrl'>;

export class Hull {
  readonly #answering = new Set<ServerResponse>();
  readonly #log: Log = createLog({ level: 'error', write: (line) => this.#onError(line) });
  readonly #app: App;
  #context: Context | null = null;
  #onError: (line: string) => void = () => {};

  private constructor(surfaces: ReadonlySet<string>) {
    const context = this.#late();
    this.#app = buildServer({
      context,
      logger: this.#log,
      metrics: new Metrics(),
      surfaces: surfacesOf(context, ADMIN_TOKEN).filter(({ name }) => surfaces.has(name)),
    });
    this.#app.addHook('onRequest', (_, { raw }, done) => {
      this.#answering.add(raw);
      raw.once('close', () => this.#answering.delete(raw));
      done();
    });
  }

  static async build(surfaces: ReadonlySet<string>): Promise<Hull> {
    const hull = new Hull(surfaces);
    await hull.#app.ready();
    return hull;
  }

  /** From here on it serves this life: with the context that the life's worker needs too. */
  enter(crew: Crew, onError: (line: string) => void): { readonly app: App; context: Context } {
    this.#onError = onError;
    this.#context = { ...crew, log: this.#log, publicUrl: PUBLIC_URL };
    return { app: this.#app, context: this.#context };
  }

  /** The life is over. */
  leave(): void {
    this.#context = null;
    for (const raw of this.#answering) raw.emit('close');
  }

  /** The context of whoever lives in it. Routes that take a part of it while they are built get one that follows. */
  #late(): Context {
    const context = following<Context>(() => this.#context);
    return new Proxy(context, {
      get: (_, name) => (name === 'log' ? this.#log : Reflect.get(context, name)),
    });
  }
}

/** Is what there is at the moment; while there is nothing, its members are such as well. */
function following<Whole extends object>(now: () => Whole | null): Whole {
  const member = (name: string | symbol): unknown => {
    const whole = now();
    const value: unknown = whole === null ? null : Reflect.get(whole, name);
    return typeof value === 'function' ? value.bind(whole) : value;
  };
  return new Proxy((() => {}) as unknown as Whole, {
    get: (_, name) =>
      now() === null ? following(() => member(name) as object | null) : member(name),
    apply: (_, __, values) => Reflect.apply(now() as () => unknown, undefined, values),
  });
}

/** Hulls that nobody lives in, by their surfaces. */
const free = new Map<string, Hull[]>();

export async function takeHull(surfaces: ReadonlySet<string>): Promise<Hull> {
  return free.get(keyOf(surfaces))?.pop() ?? Hull.build(surfaces);
}

export function giveBack(surfaces: ReadonlySet<string>, hull: Hull): void {
  hull.leave();
  const key = keyOf(surfaces);
  free.set(key, [...(free.get(key) ?? []), hull]);
}

function keyOf(surfaces: ReadonlySet<string>): string {
  return [...surfaces].sort().join(' ');
}
