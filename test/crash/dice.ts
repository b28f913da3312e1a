// Chance with a seed, so that a run can be told: the moments of the kills and the mix of the traffic. What the machine
// makes of them differs from run to run; the seed of a failed run is printed and can be given again.

/** SWITCHYARD_CRASH_SEED, else another one in every run. */
export function seedOfRun(): number {
  const given = Number(process.env.SWITCHYARD_CRASH_SEED);
  return Number.isSafeInteger(given) && given > 0 ? given : Date.now() % 1_000_000;
}

export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32: a number from 0 up to, not including, 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  happens(share: number): boolean {
    return this.#next() < share;
  }

  /** One of the choices, each as often as its weight says. */
  pick<T extends { readonly weight: number }>(choices: readonly T[]): T {
    let left = this.below(choices.reduce((sum, { weight }) => sum + weight, 0));
    for (const choice of choices) {
      if (left < choice.weight) return choice;
      left -= choice.weight;
    }
    throw new Error('nothing to choose from');
  }
}
