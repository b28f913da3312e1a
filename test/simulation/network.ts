// The network between the server's processes and the PSPs: requests and replies take their time, and get lost on the
// way there or on the way back. What a PSP does, it does: its simulator is the real one, with books of its own.
import type { FastifyInstance } from 'fastify';
import type { MerchantReply, PostToMerchant } from '../../src/connectors/merchant-post.ts';
import type { PspRequest, Send, Transmission } from '../../src/connectors/transport.ts';
import type { Deliver } from '../../src/simulators/webhooks.ts';
import type { Dice } from './dice.ts';
import type { Life } from './life.ts';
import { forgeryOf } from './psps.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

/** How likely, per request. */
export interface Weather {
  /** No byte leaves. */
  readonly refused: number;
  /** It leaves and does not arrive. */
  readonly lostThere: number;
  /** It arrives, and the reply does not. */
  readonly lostBack: number;
  /** The PSP's gateway answers 502, 500 or with half a reply after the PSP did its work. */
  readonly garbled: number;
  /** The reply takes longer than anybody waits. */
  readonly slow: number;
  /** It arrives when nobody waits for the reply any more. */
  readonly slowThere: number;
  /** Per webhook. */
  readonly webhookLost: number;
  readonly webhookTwice: number;
  /** So late that others come before it. */
  readonly webhookLate: number;
  readonly webhookForged: number;
}

export const FAIR: Weather = {
  refused: 0,
  lostThere: 0,
  lostBack: 0,
  garbled: 0,
  slow: 0,
  slowThere: 0,
  webhookLost: 0,
  webhookTwice: 0,
  webhookLate: 0,
  webhookForged: 0,
};

export interface NetworkParts {
  readonly time: Time;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly weather: () => Weather;
  /** A merchant's endpoint: takes an event and answers a status; null when it does not answer. */
  readonly merchant: (url: string, body: string) => number | null;
  /** The simulators' server. */
  readonly psps: FastifyInstance;
  /** Takes a PSP's webhook to one of the processes that live; rejects when none does. */
  readonly post: (path: string, headers: Record<string, string>, body: string) => Promise<number>;
}

export class Network {
  readonly #parts: NetworkParts;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** What `Transport` is to a real process. */
  sender(life: Life, provider: string, deadlineMs: number): Send {
    return async (request) => {
      const transmission = await this.#transmit(provider, request, deadlineMs);
      return life.step(`the reply of ${provider}`, 0, async () => transmission);
    };
  }

  #transmit(provider: string, request: PspRequest, deadlineMs: number): Promise<Transmission> {
    const { time, dice, trace, weather } = this.#parts;
    const { refused, lostThere, lostBack, garbled, slow, slowThere, webhookForged } = weather();
    const there = dice.chance(slowThere) ? dice.between(1_000, 50_000) : dice.wait(40);
    const back = dice.wait(60);
    const fate = dice.fraction();
    const what = `${request.method} ${request.path.split('?', 1)[0]}`;
    return new Promise((resolve) => {
      const giveUp = time.after(deadlineMs, () => {
        trace.say(provider, `${what}: no reply in time`);
        resolve({ sent: 'unknown', reason: 'deadline passed' });
      });
      const end = (result: Transmission) => {
        giveUp();
        resolve(result);
      };
      if (fate < refused) {
        time.after(there, () => end({ sent: 'not_sent', reason: 'ECONNREFUSED' }));
        return;
      }
      if (fate < refused + lostThere) {
        trace.say(provider, `${what}: lost on the way`);
        if (dice.chance(0.5))
          time.after(there, () => end({ sent: 'unknown', reason: 'ECONNRESET' }));
        return;
      }
      if (dice.chance(webhookForged)) this.#forge(provider, request);
      const spoiled = fate < refused + lostThere + lostBack;
      const broken = !spoiled && fate < refused + lostThere + lostBack + garbled;
      const late = dice.chance(slow) ? dice.between(1_000, 40_000) : 0;
      // Not awaited: the PSP may need (virtual) time for its answer.
      time.after(there, () => {
        void this.#ask(provider, request).then((reply) => {
          const lost = spoiled ? ', reply lost' : '';
          trace.say(provider, `${what}: ${reply === null ? 'hangs up' : reply.status}${lost}`);
          if (reply !== null && !spoiled) {
            const told = broken ? garble(reply, dice) : reply;
            time.after(back + late, () => end({ sent: 'replied', ...told }));
          } else if (dice.chance(0.5)) {
            time.after(back, () => end({ sent: 'unknown', reason: 'ECONNRESET' }));
          }
        });
      });
    });
  }

  #forge(provider: string, { path, body }: PspRequest): void {
    const { time, dice, trace, post } = this.#parts;
    const forgery = forgeryOf(provider, path, body, dice);
    if (forgery === null) return;
    time.after(dice.wait(20_000), () => {
      trace.say('forger', `says to be ${provider}, and that what ${path} asked for was paid`);
      void post(forgery.path, { ...forgery.headers }, JSON.stringify(forgery.body)).catch(() => 0);
    });
  }

  /** Null: it closed the connection. */
  async #ask(provider: string, request: PspRequest): Promise<Reply | null> {
    try {
      const reply = await this.#parts.psps.inject({
        method: request.method,
        url: `/simulators/${provider}${request.path}`,
        headers: { accept: 'application/json', ...request.headers },
        ...(request.body === undefined ? {} : { payload: request.body }),
      });
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(reply.headers)) headers[name] = String(value);
      return { status: reply.statusCode, headers, text: reply.payload };
    } catch {
      return null;
    }
  }

  /** How events travel to merchants. */
  merchantPost(life: Life): PostToMerchant {
    const { dice, weather, merchant } = this.#parts;
    return async ({ url, body }) => {
      const fate = dice.fraction();
      const { refused, lostBack } = weather();
      await life.step('the way to a merchant', dice.wait(50), async () => {});
      if (fate < refused) return { kind: 'failed', reason: 'ECONNREFUSED' };
      const status = merchant(url, body);
      const lost = status === null || fate < refused + lostBack;
      return life.step('the reply of a merchant', lost ? 20_000 : dice.wait(50), async () => {
        if (lost) return { kind: 'failed', reason: 'deadline passed' } satisfies MerchantReply;
        return { kind: 'replied', status, retryAfter: undefined, text: '' } satisfies MerchantReply;
      });
    };
  }

  /** How the simulators' webhooks travel. */
  readonly deliver: Deliver = async (url, headers, body) => {
    const { time, dice, trace, weather, post } = this.#parts;
    const { webhookLost, webhookTwice, webhookLate } = weather();
    const { pathname, search } = new URL(url);
    const path = `${pathname}${search}`;
    if (dice.chance(webhookLost)) {
      trace.say('network', `loses a webhook to ${pathname}`);
      return 200;
    }
    await time.sleep(dice.chance(webhookLate) ? dice.wait(120_000) : dice.wait(80));
    const status = await post(path, { ...headers }, body);
    if (dice.chance(webhookTwice))
      time.after(dice.wait(5_000), () => void post(path, { ...headers }, body).catch(() => 0));
    return status;
  };
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

function garble(reply: Reply, dice: Dice): Reply {
  switch (dice.between(0, 2)) {
    case 0:
      return {
        status: 502,
        headers: { 'content-type': 'text/html' },
        text: '<html>Bad Gateway</html>',
      };
    case 1:
      return { ...reply, status: 500, text: '{"message":"internal error"}' };
    default:
      return { ...reply, text: reply.text.slice(0, reply.text.length >> 1) };
  }
}
