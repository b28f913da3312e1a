// How many requests this process answers at once. A request has its place once it was read whole: who sends slowly, which
// needs no key, takes nobody's; and no environment has all, whatever its endpoints and PSPs do.
import { Problem } from '../kernel/problem.ts';

/** Requests that are still being read, for each that may be answered. */
const READING_FOR_EACH = 10;
const SHARE_OF_ENVIRONMENT = 0.8;

export interface Place {
  state: 'reading' | 'answering' | 'left';
  /** Empty: of none. */
  environmentId: string;
}

export class Places {
  readonly #max: number;
  #reading = 0;
  #answering = 0;
  readonly #of = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  get answering(): number {
    return this.#answering;
  }

  /** Before anything of a request is read. Throws 503 when there are too many. */
  enter(): Place {
    if (this.#answering >= this.#max || this.#reading >= this.#max * READING_FOR_EACH)
      throw overloaded();
    this.#reading += 1;
    return { state: 'reading', environmentId: '' };
  }

  /** Once it was read. Throws 503, or 429 when its environment has too many. */
  answer(place: Place, environmentId: string): void {
    if (place.state !== 'reading') return;
    if (this.#answering >= this.#max) throw overloaded();
    const own = this.#of.get(environmentId) ?? 0;
    if (environmentId !== '' && own >= this.#max * SHARE_OF_ENVIRONMENT)
      throw new Problem(429, 'rate_limited', 'Too many requests at once', {}, 1);
    this.#reading -= 1;
    this.#answering += 1;
    this.#of.set(environmentId, own + 1);
    Object.assign(place, { state: 'answering', environmentId });
  }

  leave(place: Place): void {
    if (place.state === 'reading') this.#reading -= 1;
    if (place.state === 'answering') {
      this.#answering -= 1;
      const left = (this.#of.get(place.environmentId) ?? 1) - 1;
      if (left === 0) this.#of.delete(place.environmentId);
      else this.#of.set(place.environmentId, left);
    }
    place.state = 'left';
  }
}

function overloaded(): Problem {
  return new Problem(503, 'overloaded', 'Too many requests are being answered', {}, 1);
}
