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
const runs = new Map<number, GuestRun>();
const sources = new Map<string, string>();
const versions = new Map<string, Image>();
const post = (message: FromSlot): void => port.postMessage(message);

port.on('message', (message: ToSlot) => {
  if (message.type === 'exec') void begin(message);
  else if (message.type === 'reply') {
    runs.get(message.run)?.reply(message.call, message.text, message.nowMs);
  } else runs.get(message.run)?.cancel();
});

async function begin(order: Extract<ToSlot, { type: 'exec' }>): Promise<void> {
  if (order.forget !== null) {
    sources.delete(order.forget);
    versions.delete(order.forget);
  }
  if (order.source !== null) sources.set(order.sha256, order.source);
  const source = sources.get(order.sha256) ?? '';
  const cell = await engine.take();
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
