// Time and randomness as values that are passed in, so that a simulation can own them.
// Nothing outside this file, main.ts and tests may call Date.now(), new Date() or crypto's random.
import { randomBytes } from 'node:crypto';

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

export interface Random {
  bytes(count: number): Buffer;
}

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
/** Milliseconds since some moment; nobody sets it, so it measures spans. */
export const systemSteadyMs = (): number => performance.now();
export const systemRandom: Random = { bytes: drawBytes };
export const systemPorts: Ports = { clock: systemClock, random: systemRandom };

/** A draw from the kernel costs more than its bytes, and a payment needs twenty: they are drawn in blocks. */
const BLOCK_BYTES = 4096;
let block = Buffer.alloc(0);
let used = 0;

/** Of each byte there is one copy, the caller's: what was given out is wiped here. */
function drawBytes(count: number): Buffer {
  if (count > BLOCK_BYTES / 8) return randomBytes(count);
  if (used + count > block.length) {
    block = randomBytes(BLOCK_BYTES);
    used = 0;
  }
  const drawn = Buffer.from(block.subarray(used, used + count));
  block.fill(0, used, used + count);
  used += count;
  return drawn;
}
