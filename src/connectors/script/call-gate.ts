// Lets a few calls of a run through at a time; the others wait. Once closed, who still waits is never let through.

export class CallGate {
  readonly #abreast: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;
  #isClosed = false;

  constructor(abreast: number) {
    this.#abreast = abreast;
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#inside >= this.#abreast || this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (!this.#isClosed) this.#waiting.shift()?.();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }
}
