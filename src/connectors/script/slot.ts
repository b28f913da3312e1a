// A slot: a thread that runs scripts and has nothing to run them with but the engine. It opens no file and no socket,
// knows no clock but the one it is told, and may be ended at any moment.
import { parentPort, workerData } from 'node:worker_threads';
import { Engine, type Image } from './engine.ts';
import { takeClockAway } from './guest-clock.ts';
import { GuestRun } from './guest-run.ts';
import type { FromSlot, SlotData, ToSlot } from './messages.ts';

/** Ready before the first run; more are made when more runs are in flight. */
const CELLS_AT_START = 2;
const CELLS_IDLE_MAX = 16;

const { wasm, prelude, memoryBytes, beat } = workerData as SlotData;
const port = parentPort!;
takeClockAway();
const engine = new Engine(wasm, prelude, memoryBytes);
/** Those that wait for a cell. */
const beginning = new Set<number>();
const runs = new Map<number, GuestRun>();
const sources = new Map<string, string>();
const versions = new Map<string, Image>();
const post = (message: FromSlot): void => port.postMessage(message);

/** What is to be done next, in order. All that was said is read before it is done, so that a cancelled run never begins. */
let work: Exclude<ToSlot, { type: 'cancel' }>[] = [];
let isScheduled = false;

port.on('message', (message: ToSlot) => {
  if (message.type === 'cancel') {
    work = work.filter(({ run }) => run !== message.run);
    beginning.delete(message.run);
    runs.get(message.run)?.cancel();
    return;
  }
  if (message.type === 'exec') remember(message);
  work.push(message);
  schedule();
});

function schedule(): void {
  if (isScheduled || work.length === 0) return;
  isScheduled = true;
  setImmediate(() => {
    void doNext().finally(() => {
      isScheduled = false;
      schedule();
    });
  });
}

/** One after the other: the first run must not wait for the cells of all that follow. */
async function doNext(): Promise<void> {
  const next = work.shift();
  if (next?.type === 'reply') runs.get(next.run)?.reply(next.call, next.text, next.nowMs);
  else if (next) await begin(next);
}

type Order = Extract<ToSlot, { type: 'exec' }>;

function remember({ sha256, source, forget }: Order): void {
  if (forget !== null) {
    sources.delete(forget);
    versions.delete(forget);
  }
  if (source !== null) sources.set(sha256, source);
}

async function begin(order: Order): Promise<void> {
  const source = sources.get(order.sha256) ?? '';
  beginning.add(order.run);
  const cell = await engine.take();
  if (!beginning.delete(order.run)) {
    engine.giveBack(cell, CELLS_IDLE_MAX);
    return;
  }
  const run = new GuestRun(order, {
    cell,
    base: engine.base,
    versions,
    beat: new Int32Array(beat),
    post,
    over: (broken) => {
      runs.delete(order.run);
      if (!broken) engine.giveBack(cell, CELLS_IDLE_MAX);
    },
  });
  runs.set(order.run, run);
  run.begin(source);
}

await engine.open(CELLS_AT_START);
post({ type: 'ready' });
