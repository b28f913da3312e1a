// Scripts in a world: the real engine with its prelude, and the real host side with its journal, limits on calls and
// secrets, but in this thread instead of threads of their own, whose timing is not a world's. So neither the slots of the
// pool nor their ends are here, and no script is stopped for its time.
import { setScriptConnectors } from '../../src/connectors/registry.ts';
import { checkScript } from '../../src/connectors/script/check.ts';
import type { ScriptJob, ScriptPool, ScriptRun } from '../../src/connectors/script/contract.ts';
import { Engine, type Image } from '../../src/connectors/script/engine.ts';
import { GuestRun } from '../../src/connectors/script/guest-run.ts';
import { HostedLoad } from '../../src/connectors/script/hosted-load.ts';
import { HostedRun } from '../../src/connectors/script/hosted-run.ts';
import { defaultLimits, deploymentLimits, runLimits } from '../../src/connectors/script/limits.ts';
import { type FromSlot, readFromSlot } from '../../src/connectors/script/messages.ts';
import { slotParts } from '../../src/connectors/script/parts.ts';
import type { Guest } from '../../src/connectors/script/slot-thread.ts';
import { FlowCatalogue } from '../../src/flows/flow-catalogue/catalogue.ts';
import type { Ports, Random } from '../../src/kernel/ports.ts';
import type { Db } from '../../src/store/db.ts';
import { outside } from './outside.ts';
import type { Time } from './time.ts';

const CELLS = 4;
const CELLS_IDLE_MAX = 16;
const CPU_MS = 1e9;

interface Room {
  readonly engine: Engine;
  readonly versions: Map<string, Image>;
}

/** Long to make, and wiped after every run: one for all worlds of a run. */
let room: Promise<Room> | null = null;

async function makeRoom(): Promise<Room> {
  const { wasm, prelude } = await slotParts();
  const engine = new Engine(wasm, prelude, defaultLimits.memoryBytes);
  const giveBack = takeClock(0);
  await engine.open(CELLS).finally(giveBack);
  return { engine, versions: new Map() };
}

/** The scripts that there are, for all processes of a world. */
export interface Catalogue {
  readonly flows: FlowCatalogue;
  close(): Promise<void>;
}

/** As if a server before had installed them. All processes look at one catalogue, and none dies over a look. */
export async function openCatalogue(real: Db, ports: Ports, time: Time): Promise<Catalogue> {
  room ??= makeRoom();
  const scripts = new Scripts(await room, time, ports.random);
  const run: Db['run'] = (...asked) => outside(real.run(...asked));
  const transaction: Db['transaction'] = (work) => outside(real.transaction(work));
  const flows = new FlowCatalogue({ db: { ...real, run, transaction }, ports, scripts });
  await flows.open();
  return {
    flows,
    close: async () => {
      await scripts.close();
      setScriptConnectors([]);
    },
  };
}

class Scripts implements ScriptPool {
  readonly #room: Room;
  readonly #time: Time;
  readonly #random: Random;
  readonly #under = new Set<GuestRun>();
  #last = 0;

  constructor(made: Room, time: Time, random: Random) {
    this.#room = made;
    this.#time = time;
    this.#random = random;
  }

  async run(job: ScriptJob): Promise<ScriptRun> {
    const limits = runLimits(deploymentLimits({}), job.limits ?? {});
    const seed = this.#random.bytes(32).toString('hex');
    const run = new HostedRun({ job, limits, clock: this.#time, replayed: null, seed });
    await this.#seat(run);
    return run.done;
  }

  check(...[script]: Parameters<ScriptPool['check']>) {
    return checkScript(script, async (source, sha256) => {
      const load = new HostedLoad(source, sha256, defaultLimits);
      await this.#seat(load);
      return load.done;
    });
  }

  replay(): Promise<ScriptRun> {
    throw new Error('nobody replays a run in a world');
  }

  /** The cells of runs whose processes died are wiped; nobody waits for what becomes of them. */
  async close(): Promise<void> {
    for (const run of this.#under) run.cancel();
  }

  /** What a slot does (src/connectors/script/slot.ts), each message a job of its own as between threads. */
  async #seat(guest: Guest): Promise<void> {
    const { engine, versions } = this.#room;
    const cell = await outside(engine.take());
    this.#last += 1;
    const order = guest.order();
    const run = new GuestRun(
      {
        ...order,
        run: this.#last,
        source: null,
        forget: null,
        limits: { ...order.limits, cpuMs: CPU_MS },
      },
      {
        cell,
        base: engine.base,
        versions,
        beat: new Int32Array(3),
        post: (message) => queueMicrotask(() => guest.take(heard(message))),
        over: (broken) => {
          this.#under.delete(run);
          if (!broken) engine.giveBack(cell, CELLS_IDLE_MAX);
        },
      },
    );
    this.#under.add(run);
    guest.sit({
      reply: (call, text, nowMs) =>
        queueMicrotask(() => within(nowMs, () => run.reply(call, text, nowMs))),
      leave: () => queueMicrotask(() => run.cancel()),
    });
    within(order.nowMs, () => run.begin(guest.source));
  }
}

/** How long the machine took is no part of a world. */
function heard(message: FromSlot): Exclude<FromSlot, { type: 'ready' }> {
  const read = readFromSlot(message);
  if (read === null || read.type === 'ready') throw new Error('a slot said what no slot says');
  return read.type === 'end' ? { ...read, cpuMs: 0 } : read;
}

/** The engine asks this thread for the time: while it computes, it is the script's. */
function within(nowMs: number, work: () => void): void {
  const giveBack = takeClock(nowMs);
  try {
    work();
  } finally {
    giveBack();
  }
}

function takeClock(nowMs: number): () => void {
  const { now } = Date;
  Date.now = () => nowMs;
  return () => {
    Date.now = now;
  };
}
