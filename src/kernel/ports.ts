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
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };
export const systemPorts: Ports = { clock: systemClock, random: systemRandom };
