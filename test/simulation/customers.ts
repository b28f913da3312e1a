// The customers of a world, as far as PSPs see them: they press buttons of pages, answer prompts on their phones, dial
// codes and pay into accounts; a merchant's program sees nothing of it.
import type { FastifyInstance } from 'fastify';
import type { Account } from './books.ts';
import type { Dice } from './dice.ts';
import type { Json } from './oracle.ts';
import { type Answer, PSP_URL, type Request } from './process.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

export type Button = 'success' | 'failure' | 'cancel';

export interface CustomerParts {
  readonly time: Time;
  readonly dice: Dice;
  readonly trace: Trace;
  /** The simulators' server. */
  readonly psps: FastifyInstance;
  /** To one of our processes. */
  readonly request: (request: Request) => Promise<Answer | null>;
}

export class Customers {
  readonly #parts: CustomerParts;
  readonly #paidIn = new Set<string>();

  constructor(parts: CustomerParts) {
    this.#parts = parts;
  }

  /** Does what the payment asks for (or not); answers where the browser is sent then. */
  async act(payment: Json, phone: string, accounts: readonly Account[], button: Button) {
    const { next_action: action, provider } = payment;
    switch (action?.type) {
      case 'redirect':
        return this.browse(action.url, button);
      case 'bank_transfer':
        if (provider !== 'mpesa')
          return this.browse(pageOfNumber(provider, action.account_number), button);
        await this.#payIn(payment, accounts, button);
        return null;
      case 'ussd':
        return this.browse(pageOfNumber(provider, /(\d+)#$/.exec(action.code)?.[1] ?? ''), button);
      default:
        return this.browse(`/simulators/phone/${encodeURIComponent(phone)}`, button);
    }
  }

  async browse(url: string, button: Button): Promise<string | null> {
    const { time, dice, trace, psps, request } = this.#parts;
    await time.sleep(dice.wait(200));
    const { pathname, search } = new URL(url, PSP_URL);
    if (pathname.startsWith('/checkout/')) {
      const page = await request({ method: 'GET', path: `${pathname}${search}` });
      const next = page?.headers.location;
      return typeof next === 'string' ? this.browse(next, button) : null;
    }
    const reply = await psps.inject({
      method: 'POST',
      url: `${pathname}${search}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `outcome=${button}`,
    });
    trace.say('customer', `${button} at ${pathname}: ${reply.statusCode}`);
    return typeof reply.headers.location === 'string' ? reply.headers.location : null;
  }

  /** By himself at the PayBill: the sandbox does it for the merchant, whose token it ends thereby (psp/mpesa.md 2.3). */
  async #payIn(payment: Json, accounts: readonly Account[], button: Button): Promise<void> {
    const { trace, psps } = this.#parts;
    const account = accounts.find(({ id }) => id === payment.connection_id);
    const number = payment.next_action.account_number;
    // Once: that somebody pays in again after the payment is settled is known to nobody here (docs/reliability.md).
    if (button !== 'success' || !account || this.#paidIn.has(number)) return;
    const basic = Buffer.from(`${account.key}:${account.secret}`).toString('base64');
    const granted = await psps
      .inject({
        method: 'GET',
        url: '/simulators/mpesa/oauth/v1/generate?grant_type=client_credentials',
        headers: { authorization: `Basic ${basic}` },
      })
      .catch(() => null);
    const token = /"access_token":"([^"]+)"/.exec(granted?.payload ?? '')?.[1];
    // The sandbox has its faults too: then the customer does not get to pay.
    if (token === undefined) return;
    this.#paidIn.add(number);
    const reply = await psps.inject({
      method: 'POST',
      url: '/simulators/mpesa/mpesa/c2b/v2/simulate',
      headers: { authorization: `Bearer ${token}` },
      payload: {
        ShortCode: '600000',
        CommandID: 'CustomerPayBillOnline',
        Amount: String(payment.amount / 100),
        Msisdn: '254708374149',
        BillRefNumber: number,
      },
    });
    trace.say('customer', `pays in to ${number}: ${reply.statusCode}`);
  }
}

/** Accounts and dialled codes have pages of their own at the simulators. */
function pageOfNumber(provider: string, number: string): string {
  return provider === 'monnify'
    ? `/simulators/monnify/checkout/${number}`
    : `/simulators/flutterwave/captcha/verify/${number}`;
}
