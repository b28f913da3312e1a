// The payer's phone: prompts that PSPs push to a number (STK push, mobile money), answered by a person or a test at
// /simulators/phone/<number>. A prompt is kept in the books of the PSP that asked; the answer goes back to it.
import type { Books, Collection } from './books.ts';

export interface Prompt {
  /** `paystack-17`. */
  readonly id: string;
  readonly phone: string;
  /** What the simulator needs to find its object: the charge's reference or id. */
  readonly subject: string;
  readonly merchant: string;
  /** `GHS 200.00`. */
  readonly amount: string;
  readonly reference: string;
}

export interface OpenPrompt extends Prompt {
  readonly key: string;
}

export class PhonePrompts {
  readonly #provider: string;
  readonly #books: Books;
  readonly #open: Collection<Prompt>;

  constructor(provider: string, books: Books) {
    this.#provider = provider;
    this.#books = books;
    this.#open = books.collection('_prompts');
  }

  /** One prompt per subject: a second one takes the first's place. */
  ask(key: string, prompt: Omit<Prompt, 'id'>): string {
    const id = `${this.#provider}-${this.#books.next('_prompts')}`;
    this.#open.put(key, prompt.subject, { ...prompt, id });
    return id;
  }

  /** The prompt was answered, timed out, or the charge ended in another way. */
  close(key: string, subject: string): void {
    if (this.#open.get(key, subject)) this.#open.remove(key, subject);
  }

  on(number: string): OpenPrompt[] {
    const wanted = phoneTail(number);
    if (wanted === '') return [];
    return [...this.#open.all()]
      .filter(([, prompt]) => phoneTail(prompt.phone) === wanted)
      .map(([key, prompt]) => ({ ...prompt, key }));
  }
}

/** The last nine digits: `0551234987`, `+233551234987` and `233 55 123 4987` are one phone. */
function phoneTail(number: string): string {
  return number.replace(/\D/g, '').slice(-9);
}
