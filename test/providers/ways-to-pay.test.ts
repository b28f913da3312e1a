// Every way in which a customer pays, through the whole server: asked for by the Reevit API, done at the PSP's simulator,
// given back, and seen in the ledger of the Formance API and among the transactions of the Connxt API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connxtTransactions } from '../connxt-view.ts';
import { FormanceClient } from '../formance-client.ts';
import type { MadeOrganization } from '../house-server.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

type Fields = Readonly<Record<string, unknown>>;
type NextAction = Readonly<Record<string, string>>;

interface Way {
  readonly name: string;
  readonly intent: Fields;
  /** What the customer is told, and what he does; null: nothing. */
  readonly asks: string | null;
  readonly does?: (stage: Stage, action: NextAction, merchant: Merchant, id: string) => unknown;
}

interface Provider {
  readonly provider: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly ways: readonly Way[];
}

const press = (url: string) =>
  fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ outcome: 'success' }),
    redirect: 'manual',
  });

const page = (_stage: Stage, { url }: NextAction) => press(url!);
const phone = (number: string) => (stage: Stage) =>
  press(`${stage.pspUrl}/simulators/phone/${number}`);
const at = (path: string) => (stage: Stage, action: NextAction) => {
  const number = action.account_number ?? /(\d+)#$/.exec(action.code ?? '')?.[1];
  return press(`${stage.pspUrl}/simulators/${path}/${number}`);
};
const otp =
  (value: string) => (_stage: Stage, _action: NextAction, merchant: Merchant, id: string) =>
    merchant.send('POST', `/payments/${id}/submit-action`, { type: 'otp', value });

const wallet = (currency: string, number: string, network?: string): Fields => ({
  currency,
  country: currency.slice(0, 2),
  method: 'mobile_money',
  payment_method: { phone: number, network },
});

const naira = (method: string, payment_method?: Fields): Fields => ({
  currency: 'NGN',
  country: 'NG',
  method,
  payment_method,
});

const flutterwave: Provider = {
  provider: 'flutterwave',
  credentials: { secret_key: 'FLWSECK_TEST-ways-X', secret_hash: 'hash-of-ways' },
  ways: [
    { name: 'card on the page', intent: naira('card'), asks: 'redirect', does: page },
    {
      name: 'saved card',
      intent: naira('card', { token: 'flw-t1nf-success' }),
      asks: null,
    },
    {
      name: 'saved card with an OTP',
      intent: naira('card', { token: 'flw-t1nf-otp' }),
      asks: 'submit',
      does: otp('12345'),
    },
    {
      name: 'mobile money in Ghana',
      intent: wallet('GHS', '0551234987', 'mtn'),
      asks: 'redirect',
      does: page,
    },
    {
      name: 'M-PESA',
      intent: wallet('KES', '0712345678'),
      asks: 'wait',
      does: phone('0712345678'),
    },
    {
      name: 'bank transfer',
      intent: naira('bank_transfer', {}),
      asks: 'bank_transfer',
      does: at('flutterwave/captcha/verify'),
    },
    {
      name: 'bank account',
      intent: naira('bank', { bank_code: '044', account_number: '0690000031' }),
      asks: 'redirect',
      does: page,
    },
    {
      name: 'USSD',
      intent: naira('ussd', { bank_code: '058' }),
      asks: 'ussd',
      does: at('flutterwave/captcha/verify'),
    },
  ],
};

const monnify: Provider = {
  provider: 'monnify',
  credentials: {
    api_key: 'MK_TEST_WAYS',
    secret_key: 'SECRETOFWAYS',
    contract_code: '5867418298',
    wallet_account_number: '9000000001',
  },
  ways: [
    { name: 'card on the page', intent: naira('card'), asks: 'redirect', does: page },
    { name: 'saved card', intent: naira('card', { token: 'MNFY_success' }), asks: null },
    {
      name: 'bank transfer',
      intent: naira('bank_transfer', {}),
      asks: 'bank_transfer',
      does: at('monnify/checkout'),
    },
    {
      name: 'USSD',
      intent: naira('ussd', { bank_code: '737' }),
      asks: 'ussd',
      does: at('monnify/checkout'),
    },
  ],
};

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

describe.each([flutterwave, monnify])('$provider', ({ provider, credentials, ways }) => {
  let merchant: Merchant;
  let ledger: FormanceClient;
  let connection = '';

  beforeAll(async () => {
    merchant = await stage.merchant(provider);
    const body = { provider, mode: 'sandbox', credentials };
    const made = await merchant.send('POST', '/connections', body);
    expect(made.status, made.text).toBe(201);
    connection = made.body.id;
    ledger = await FormanceClient.of(stage.app, merchant.organization as MadeOrganization);
  });

  const status = async (id: string) => (await merchant.send('GET', `/payments/${id}`)).body;

  it.each(ways)('$name', async ({ intent, asks, does }) => {
    const made = await merchant.send('POST', '/payments/intents', {
      amount: 50_000,
      customer_id: 'ama@example.com',
      return_url: 'https://shop.example/thanks',
      ...intent,
    });
    expect(made.status, made.text).toBe(201);
    const { id, next_action: action } = made.body;
    expect(action?.type ?? null).toBe(asks);
    if (does) await does(stage, action, merchant, id);
    await stage.later(15_000);
    expect(await status(id)).toMatchObject({ status: 'succeeded', provider, conflict: null });

    const refund = await merchant.send('POST', `/payments/${id}/refund`, { amount: 20_000 });
    expect(refund.status, refund.text).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 600)); // the PSP's own time
    await stage.later(60_000);
    expect(await status(id)).toMatchObject({
      status: 'partially_refunded',
      refunded_amount: 20_000,
    });
    const { data } = (await ledger.get('/payments')).body.cursor;
    expect(data[0]).toMatchObject({
      type: 'PAY-IN',
      status: 'REFUNDED',
      asset: `${intent.currency}/2`,
      initialAmount: 50_000,
      amount: 30_000,
    });
    const [given, taken] = await connxtTransactions(stage.app, merchant);
    const shown = { status: 'SUCCESS', pspId: connection, txnCurrency: intent.currency };
    expect(taken).toMatchObject({ ...shown, merchantOrderId: id, txnAmount: 500 });
    expect(given).toMatchObject({ ...shown, merchantOrderId: id, txnAmount: 200 });
    const connector = Buffer.from(data[0].connectorID, 'base64url').toString('utf8');
    expect(connector).toContain(provider);
  });

  it('a webhook, which proves nothing by itself, makes us ask at once', async () => {
    const { body } = await merchant.send('POST', '/payments/intents', {
      amount: 50_000,
      return_url: 'https://shop.example/thanks',
      ...naira('card'),
    });
    await press(body.next_action.url);
    // No clock is moved: nothing but the webhook is due.
    await expect
      .poll(async () => {
        await stage.work();
        return (await status(body.id)).status;
      })
      .toBe('succeeded');
  });

  it('a payout to a bank, whose account was asked about', async () => {
    const beneficiary = {
      type: 'bank',
      name: 'Tunde Bello',
      account_number: '0690000040',
      bank_code: '058',
    };
    const asked = await merchant.send('POST', '/payouts/resolve-account', {
      connection_id: connection,
      beneficiary,
    });
    expect(asked.body).toEqual({ account_name: 'TUNDE BELLO', account_number: '0690000040' });
    const before = await merchant.send('GET', `/payouts/balance?connection_id=${connection}`);
    const made = await merchant.send(
      'POST',
      '/payouts',
      { connection_id: connection, amount: 40_000, currency: 'NGN', beneficiary },
      { 'idempotency-key': `payout-${provider}` },
    );
    expect(made.status, made.text).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 600)); // the PSP's own time
    await stage.later(60_000);
    const paid = await merchant.send('GET', `/payouts/${made.body.id}`);
    expect(paid.body).toMatchObject({ status: 'succeeded', amount: 40_000, provider });
    const naira = (reply: typeof before) =>
      reply.body.balances.find((row: { currency: string }) => row.currency === 'NGN').amount;
    const after = await merchant.send('GET', `/payouts/balance?connection_id=${connection}`);
    expect(naira(before) - naira(after)).toBeGreaterThan(40_000);
  });
});

describe('Monnify, paid with another amount', () => {
  const { credentials } = monnify;
  let merchant: Merchant;

  beforeAll(async () => {
    merchant = await stage.merchant('amounts');
    const body = { provider: 'monnify', mode: 'sandbox', credentials };
    expect((await merchant.send('POST', '/connections', body)).status).toBe(201);
  });

  /** Pays so much of 500 naira into the account, and answers the payment. */
  async function paid(naira: string, id: string, account: string) {
    const form = new URLSearchParams({ outcome: 'success', amount: naira });
    const url = `${stage.pspUrl}/simulators/monnify/checkout/${account}`;
    await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
    await stage.later(60_000);
    return (await merchant.send('GET', `/payments/${id}`)).body;
  }

  async function open() {
    const intent = { amount: 50_000, ...naira('bank_transfer', {}) };
    const { body } = await merchant.send('POST', '/payments/intents', intent);
    return { id: body.id as string, account: body.next_action.account_number as string };
  }

  it('is not paid by a part, and is by the rest', async () => {
    const { id, account } = await open();
    expect(await paid('200', id, account)).toMatchObject({
      status: 'pending',
      captured_amount: 0,
    });
    expect(await paid('300', id, account)).toMatchObject({
      status: 'succeeded',
      captured_amount: 50_000,
      conflict: null,
    });
  });

  it('is paid by too much, which somebody should look at', async () => {
    const { id, account } = await open();
    expect(await paid('700', id, account)).toMatchObject({
      status: 'succeeded',
      conflict: 'amount_mismatch',
    });
  });
});
