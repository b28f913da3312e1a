// For tests of histories: a stage whose webhooks are lost and whose time moves by hand, so that what is known there was asked
// for or read; and a shop with one connection whose history is read.
import { expect } from 'vitest';
import type { PspRequest } from '../../src/connectors/transport.ts';
import { HeldTimers } from '../held-timers.ts';
import { openStage, type Stage } from '../stage.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// biome-ignore lint/suspicious/noExplicitAny: a test reads what a server answered
export type Json = any;
export type Fields = Readonly<Record<string, unknown>>;

/** What a PSP answers instead of what it would; null: what it would. */
type Lie = (request: PspRequest) => object | null;

export interface Scene {
  readonly stage: Stage;
  /** The PSPs do what is due, then our worker does. */
  later(ms: number): Promise<void>;
  /** From now on, of all PSPs. */
  lie(lie: Lie | null): void;
}

export async function openHistoryScene(): Promise<Scene> {
  const timers = new HeldTimers(() => stage.clock.nowMs());
  const stage: Stage = await openStage({ deliver: async () => 200, timers });
  const later = async (ms: number) => {
    stage.clock.advance(ms);
    await timers.fire();
    await stage.work();
  };
  let lie: Lie | null = null;
  const { sendTo } = stage.context;
  const lying: typeof sendTo = (...to) => {
    const send = sendTo(...to);
    return async (request) => {
      const answer = lie?.(request) ?? null;
      if (answer === null) return send(request);
      return { sent: 'replied', status: 200, headers: {}, text: JSON.stringify(answer) };
    };
  };
  Object.assign(stage.context, { sendTo: lying });
  return {
    stage,
    later,
    lie: (next) => {
      lie = next;
    },
  };
}

async function admin(
  { stage }: Scene,
  method: 'GET' | 'PUT',
  path: string,
  payload?: object,
): Promise<Json> {
  const reply = await stage.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: 'Bearer test-admin-token' },
    ...(payload ? { payload } : {}),
  });
  expect(reply.statusCode, reply.payload).toBe(200);
  return reply.json();
}

let shops = 0;

export async function openShop(
  scene: Scene,
  provider: string,
  credentialsOf: (name: string) => Fields,
) {
  const { stage } = scene;
  shops += 1;
  const merchant = await stage.merchant();
  const credentials = credentialsOf(`H${shops}`);
  const body = { provider, mode: 'sandbox', credentials };
  const made = await merchant.send('POST', '/connections', body);
  expect(made.status, made.text).toBe(201);
  const environmentId = merchant.organization.environments[0]!.id;
  const connection: string = made.body.id;
  const path = `/environments/${environmentId}/connections/${connection}/ingestion`;
  return {
    ...scene,
    merchant,
    connection,
    environmentId,
    credentials,
    /** From a minute ago on. */
    read: (since = stage.clock.nowMs() - MINUTE) =>
      admin(scene, 'PUT', path, { period_s: 600, since: new Date(since).toISOString() }),
    stop: () => admin(scene, 'PUT', path, { period_s: null }),
    progress: async (): Promise<Json[]> => (await admin(scene, 'GET', path)).ingestion,
    mismatches: async (status = 'open'): Promise<Json[]> =>
      (
        await admin(
          scene,
          'GET',
          `/reconciliation?environment_id=${environmentId}&status=${status}`,
        )
      ).mismatches,
    /** The ledger's lines that are not ours. */
    foreign: () =>
      stage.context.db.run<{ reference: string; status: string; initial: bigint; left: bigint }>(
        {
          name: '',
          text: `SELECT reference, ledger_status AS status, amount_minor AS initial, ledger_minor AS left
FROM attempts WHERE environment_id = $1 AND operation = 'record' ORDER BY created_at, id`,
        },
        [environmentId],
      ),
  };
}

export type Shop = Awaited<ReturnType<typeof openShop>>;

export async function pay({ merchant }: Shop, intent: Fields): Promise<Json> {
  const made = await merchant.send('POST', '/payments/intents', {
    amount: 50_000,
    customer_id: 'ama@example.com',
    return_url: 'https://shop.example/thanks',
    ...intent,
  });
  expect(made.status, made.text).toBe(201);
  return made.body;
}

export async function payOut(
  { merchant, connection }: Shop,
  number: string,
  amount: number,
): Promise<Json> {
  const beneficiary = {
    type: 'bank',
    name: 'Tunde Bello',
    account_number: number,
    bank_code: '058',
  };
  const body = { connection_id: connection, amount, currency: 'NGN', beneficiary };
  const made = await merchant.send('POST', '/payouts', body, {
    'idempotency-key': `payout-${number}-${amount}`,
  });
  expect(made.status, made.text).toBe(201);
  return made.body;
}

/** What a customer's browser does at a PSP's page: presses the button. */
export function press(url: string, outcome: string, more: Record<string, string> = {}) {
  const body = new URLSearchParams({ outcome, ...more });
  return fetch(url, { method: 'POST', body, redirect: 'manual' });
}
