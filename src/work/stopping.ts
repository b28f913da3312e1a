// How a process ends: its parts in the reverse order of their opening, requests and due work in an orderly way but
// not for ever. Calls of PSPs that last too long are cut; what became of them is asked after the next start.

export const stopTimes = {
  /** Supervisors commonly kill after 15 s. */
  inFlightMs: 12_000,
  /** For what was cut to write down what it knows. */
  settleMs: 1_500,
};

export class Stopping {
  readonly #steps: (() => unknown)[] = [];
  #done: Promise<void> | null = null;

  /** What is registered last runs first. */
  first(step: () => unknown): void {
    this.#steps.unshift(step);
  }

  /** Runs every step, also when one fails; rejects with the first failure. May be called any number of times. */
  run(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

export async function endInFlight(
  closeServer: () => Promise<unknown>,
  worker: { stop(): Promise<void> } | null,
  transport: { close(): Promise<void> },
  { inFlightMs, settleMs } = stopTimes,
): Promise<void> {
  const inFlight = Promise.all([closeServer(), worker?.stop()]);
  await within(inFlightMs, inFlight);
  await transport.close();
  await within(settleMs, inFlight);
}

/** Waits for the work, but no longer than this. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
