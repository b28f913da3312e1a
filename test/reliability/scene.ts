// What scenarios share: a stage whose PSPs can be told to misbehave, whose post is kept and whose time moves only by
// hand; shops with two connections each; and the oracle: the PSPs' own books, which know nothing of our tables.
import {
  isFinalAttempt,
  isOpenOperation,
  type PaymentRecord,
} from '../../src/domain/payment/payment.ts';
import { isOpen } from '../../src/domain/payment/status.ts';
import { loadPayment } from '../../src/store/payments.ts';
import { HeldTimers } from '../held-timers.ts';
import { HostilePsp } from '../hostile-psp.ts';
import { openStage, type Stage, type StageOptions } from '../stage.ts';
import { Mailbox } from './mailbox.ts';
import { openShop, PROVIDERS, type Provider, type Shop } from './shop.ts';

export { AMOUNT, PROVIDERS, type Provider, type Shop } from './shop.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Scene {
  readonly stage: Stage;
  readonly psps: Readonly<Record<Provider, HostilePsp>>;
  readonly mailbox: Mailbox;
  /** A new merchant with two connections: payments go to the first, the second is for fallback. */
  shop(provider: Provider, second?: Provider): Promise<Shop>;
  record(shop: Shop, paymentId: string): Promise<PaymentRecord>;
  /** Moves the time: the PSPs do what is due, then our worker does. */
  later(ms: number): Promise<void>;
  /** Moves the time along the schedule of questions until nothing about the payments is open. */
  rest(...payments: readonly PaymentOf[]): Promise<void>;
  /** What the PSPs' books say about one payment, all PSPs together. */
  money(paymentId: string): Money;
  /** What a customer's browser does at a PSP's page: presses the button. */
  press(pageUrl: string, outcome: 'success' | 'failure' | 'cancel'): Promise<void>;
  /** A payment's events as they are numbered. */
  events(paymentId: string): Promise<EventLine[]>;
  close(): Promise<void>;
}

export interface PaymentOf {
  readonly shop: Shop;
  readonly id: string;
}

/** Minor units. */
export interface Money {
  readonly charged: number;
  readonly authorized: number;
  readonly refunded: number;
  /** How many charges there were. */
  readonly charges: number;
  readonly refunds: number;
}

export interface EventLine {
  readonly type: string;
  readonly sequence: number;
  readonly snapshot: Readonly<Record<string, unknown>>;
}

export async function openScene(options: StageOptions = {}): Promise<Scene> {
  const psps = { paystack: await HostilePsp.open(), stripe: await HostilePsp.open() };
  const mailbox = new Mailbox();
  const timers = new HeldTimers(() => stage.clock.nowMs());
  const stage: Stage = await openStage({
    providerUrls: { paystack: psps.paystack.url, stripe: psps.stripe.url },
    deadlineMs: 5_000,
    deliver: mailbox.deliver,
    timers,
    ...options,
  });
  for (const provider of PROVIDERS)
    psps[provider].standBefore(`${stage.pspUrl}/simulators/${provider}`);

  const record: Scene['record'] = async ({ environmentId }, paymentId) => {
    const found = await loadPayment(stage.context.db, environmentId, paymentId);
    if (!found) throw new Error(`no payment ${paymentId}`);
    return found;
  };
  const later = async (ms: number) => {
    stage.clock.advance(ms);
    await timers.fire();
    await stage.work();
  };
  return {
    stage,
    psps,
    mailbox,
    shop: (provider, second = provider) => openShop(stage, psps, provider, second),
    record,
    later,
    rest: async (...payments) => {
      for (const step of STEPS) {
        const records = await Promise.all(payments.map(({ shop, id }) => record(shop, id)));
        if (records.every(isAtRest)) return;
        await later(step);
      }
    },
    money: (paymentId) => moneyOf(stage, paymentId),
    press: (pageUrl, outcome) => press(stage, pageUrl, outcome),
    events: (paymentId) => eventsOf(stage, paymentId),
    close: async () => {
      await stage.close();
      await Promise.all([psps.paystack.close(), psps.stripe.close()]);
    },
  };
}

const STEPS = [4 * SECOND, 26 * SECOND, MINUTE, 3 * MINUTE, 11 * MINUTE, HOUR, 6 * HOUR, DAY, DAY];

function isAtRest({ payment, attempts, operations }: PaymentRecord): boolean {
  return (
    !isOpen(payment.status) &&
    attempts.every((one) => isFinalAttempt(one) || one.status === 'authorized') &&
    !operations.some(isOpenOperation)
  );
}

async function press(stage: Stage, pageUrl: string, outcome: string): Promise<void> {
  const url = `${stage.pspUrl}${new URL(pageUrl).pathname}`;
  const body = new URLSearchParams({ outcome });
  const reply = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  if (reply.status >= 400) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
}

function moneyOf(stage: Stage, paymentId: string): Money {
  const lines = PROVIDERS.flatMap((provider) => stage.simulators.books(provider).references).filter(
    (line) => line.payment_id === paymentId,
  );
  const sum = (of: (line: (typeof lines)[number]) => number) =>
    lines.reduce((total, line) => total + of(line), 0);
  return {
    charged: sum((line) => Number(line.charged)),
    authorized: sum((line) => Number(line.authorized)),
    refunded: sum((line) => Number(line.refunded)),
    charges: sum((line) => line.counts.charged),
    refunds: sum((line) => line.counts.refunded),
  };
}

async function eventsOf({ context }: Stage, paymentId: string): Promise<EventLine[]> {
  const text = `SELECT type, payment_sequence AS sequence, snapshot FROM events WHERE payment_id = $1
    ORDER BY sequence`;
  return context.db.run<EventLine>({ name: 'scene_events', text }, [paymentId]);
}
