// The post between PSPs and the server, in the test's hands: webhooks are kept, and delivered when, as often and in
// the order that a scenario wants. PSPs believe that all were taken.
import type { App } from '../../src/api/app.ts';
import type { Deliver } from '../../src/simulators/webhooks.ts';

export interface Letter {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any PSP's event
  readonly event: any;
}

export class Mailbox {
  readonly letters: Letter[] = [];
  #waiting: (() => void)[] = [];

  readonly deliver: Deliver = async (url, headers, body) => {
    this.letters.push({ path: new URL(url).pathname, headers, body, event: JSON.parse(body) });
    for (const wake of this.#waiting.splice(0)) wake();
    return 200;
  };

  /** The first letters that fit, once there are `count` of them. */
  async take(count: number, fits: (letter: Letter) => boolean): Promise<Letter[]> {
    for (;;) {
      const found = this.letters.filter(fits);
      if (found.length >= count) return found.slice(0, count);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Brings a letter to a server; answers the HTTP status. */
export async function bring(app: App, { path, headers, body }: Letter): Promise<number> {
  const reply = await app.inject({ method: 'POST', url: path, headers, payload: body });
  return reply.statusCode;
}
