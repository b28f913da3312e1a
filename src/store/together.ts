// Many small writes, or reads, of concurrent requests as one statement. While a batch is at the database, what arrives
// is gathered for the next; alone, one goes at once. A batch is one statement and so one commit: either all of it is
// durable or none. When a batch fails, its items are tried one by one, so that a bad one fails alone.

export interface TogetherLimits {
  /** Batches of one kind at the database at once. */
  readonly batchesMax: number;
  readonly itemsMax: number;
  /** Items waiting; more are refused. */
  readonly waitingMax: number;
}

export const togetherDefaults: TogetherLimits = { batchesMax: 2, itemsMax: 64, waitingMax: 5_000 };

export class TooManyWaiting extends Error {}

interface Waiting<In, Out> {
  readonly item: In;
  readonly resolve: (result: Out) => void;
  readonly reject: (error: unknown) => void;
}

export class Together<In, Out> {
  readonly #run: (items: readonly In[]) => Promise<readonly Out[]>;
  /** Two items with one key never share a batch: the second sees what the first did. Null: it has none. */
  readonly #keyOf: (item: In) => string | null;
  readonly #limits: TogetherLimits;
  readonly #isRefusal: (error: unknown) => boolean;
  #waiting: Waiting<In, Out>[] = [];
  #batches = 0;

  constructor(
    run: (items: readonly In[]) => Promise<readonly Out[]>,
    keyOf: (item: In) => string | null,
    limits: TogetherLimits = togetherDefaults,
    /** The database said no, so nothing was written. Otherwise (a lost connection) nobody knows: nothing is repeated. */
    isRefusal: (error: unknown) => boolean = () => true,
  ) {
    this.#run = run;
    this.#keyOf = keyOf;
    this.#limits = limits;
    this.#isRefusal = isRefusal;
  }

  add(item: In): Promise<Out> {
    if (this.#waiting.length >= this.#limits.waitingMax) {
      return Promise.reject(new TooManyWaiting('too many writes are waiting for the database'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      // After this turn of the event loop, so that what arrived in one turn goes together.
      if (this.#waiting.length === 1 && this.#batches < this.#limits.batchesMax) {
        setImmediate(() => this.#next());
      }
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#batches < this.#limits.batchesMax) {
      const batch = this.#take();
      this.#batches += 1;
      void this.#send(batch).finally(() => {
        this.#batches -= 1;
        this.#next();
      });
    }
  }

  #take(): Waiting<In, Out>[] {
    const keys = new Set<string>();
    const taken: Waiting<In, Out>[] = [];
    const left: Waiting<In, Out>[] = [];
    for (const one of this.#waiting) {
      const key = this.#keyOf(one.item);
      const free = key === null || !keys.has(key);
      if (taken.length < this.#limits.itemsMax && free) taken.push(one);
      else left.push(one);
      if (key !== null) keys.add(key);
    }
    this.#waiting = left;
    return taken;
  }

  async #send(batch: Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Out);
    } catch (error) {
      if (batch.length === 1 || !this.#isRefusal(error)) {
        for (const { reject } of batch) reject(error);
      } else await Promise.all(batch.map((one) => this.#send([one])));
    }
  }
}
