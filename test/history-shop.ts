// For tests of ingestion: a shop whose connection's history is read, and what is then in the books.
import { expect } from 'vitest';
import type { Merchant, Stage } from './stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what a PSP answered
export type Json = any;

export interface Shop {
  readonly merchant: Merchant;
  readonly environmentId: string;
  readonly connection: string;
  readonly path: string;
  psp(method: string, path: string, fields?: Record<string, string>): Promise<Json>;
}

interface Row {
  readonly reference: string;
  readonly type: string;
  readonly status: string;
  readonly initial: bigint;
  readonly left: bigint;
  readonly operation: string;
}

/** `stage`: as it is when it is asked, because tests open it before all of them. */
export function booksOf(stage: () => Stage) {
  const admin = async (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) => {
    const reply = await stage().app.inject({
      method,
      url: `/admin/v1${path}`,
      headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
      ...(payload ? { payload } : {}),
    });
    return { status: reply.statusCode, body: reply.json() };
  };

  const open = async (provider: 'stripe' | 'paystack'): Promise<Shop> => {
    const merchant = await stage().merchant();
    const connection = await merchant.connect(provider);
    const environmentId = merchant.organization.environments[0]!.id;
    const psp = async (method: string, path: string, fields?: Record<string, string>) => {
      const reply = await fetch(`${stage().pspUrl}/simulators/${provider}${path}`, {
        method,
        ...requestOf(provider, merchant.secretKeyOf(connection), fields),
      });
      const body: Json = await reply.json();
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${JSON.stringify(body)}`);
      return body;
    };
    const path = `/environments/${environmentId}/connections/${connection}/ingestion`;
    return { merchant, environmentId, connection, path, psp };
  };

  const ago = (ms: number) => new Date(stage().clock.nowMs() - ms).toISOString();

  return {
    admin,
    open,
    ago,
    /** Nothing is polled any more. */
    off: () => {
      const text = 'UPDATE ingestions SET period_s = NULL, next_poll_at = NULL';
      return stage().context.db.run({ name: '', text }, []);
    },
    read: async ({ path }: Shop, sinceMs = 60_000) => {
      const set = await admin('PUT', path, { period_s: 600, since: ago(sinceMs) });
      expect(set.status).toBe(200);
      await stage().work();
    },
    rows: ({ environmentId }: Shop) =>
      stage().context.db.run<Row>(
        {
          name: '',
          text: `SELECT reference, type, ledger_status AS status, amount_minor AS initial, ledger_minor AS left, operation
FROM attempts WHERE environment_id = $1 ORDER BY created_at, id`,
        },
        [environmentId],
      ),
    mismatches: async ({ environmentId }: Shop, status = 'open'): Promise<Json[]> => {
      const query = `environment_id=${environmentId}&status=${status}`;
      return (await admin('GET', `/reconciliation?${query}`)).body.mismatches;
    },
  };
}

function requestOf(provider: string, key: string, fields: Record<string, string> | undefined) {
  const authorization = `Bearer ${key}`;
  if (fields === undefined) return { headers: { authorization } };
  const isJson = provider === 'paystack';
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    headers: { authorization, 'content-type': type },
    body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields).toString(),
  };
}

/** A payment that the shop takes at Stripe by itself. */
export function stripeCharge(shop: Shop, more: Record<string, string> = {}): Promise<Json> {
  return shop.psp('POST', '/v1/payment_intents', {
    amount: '5000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    'automatic_payment_methods[enabled]': 'true',
    'automatic_payment_methods[allow_redirects]': 'never',
    ...more,
  });
}

/** One that it takes through us. */
export function payOf(shop: Shop, more: object = {}) {
  return shop.merchant.send('POST', '/payments/intents', {
    amount: 5_000,
    currency: 'ZAR',
    country: 'ZA',
    method: 'card',
    customer_id: 'ama@example.com',
    payment_method: { token: 'pm_card_visa' },
    ...more,
  });
}
