// Seeded randomness. Each part of a world draws from a fork of its own, so that one part's draws never shift another's.
import { createHash } from 'node:crypto';
import type { Random } from '../../src/kernel/ports.ts';

export class Dice {
  readonly #name: string;
  readonly #state: Uint32Array;

  constructor(name: string) {
    this.#name = name;
    const hash = createHash('sha256').update(name).digest();
    this.#state = Uint32Array.from({ length: 4 }, (_, index) => hash.readUInt32LE(index * 4));
  }

  fork(name: string): Dice {
    return new Dice(`${this.#name}/${name}`);
  }

  /** sfc32 (Chris Doty-Humphrey, PractRand): a whole number below 2^32. */
  #draw(): number {
    const state = this.#state;
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const sum = (a + b + d) >>> 0;
    state[3] = d + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.#draw() / 2 ** 32;
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }

  /** Mostly short, sometimes long: what waits for people and networks looks like. */
  wait(typicalMs: number): number {
    return Math.max(1, Math.round(-Math.log(1 - this.fraction()) * typicalMs));
  }

  random(): Random {
    return {
      bytes: (count) => Buffer.from(Array.from({ length: count }, () => this.between(0, 255))),
    };
  }
}
