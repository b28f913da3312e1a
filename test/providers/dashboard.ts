// Somebody who uses a PSP with the merchant's keys and without us, or its dashboard.
import { DAY, type Json, press, SECOND, type Shop } from './history-shop.ts';

type Call = (method: string, path: string, body?: object) => Promise<Json>;

export interface Dashboard {
  /** Naira; answers the payment's name at the PSP. */
  charge(reference: string, amount: number, fails?: boolean): Promise<string>;
  giveBack(name: string, amount: number): Promise<unknown>;
  payOut(reference: string, amount: number, account: string): Promise<string>;
  /** The payments that there are, newest first. */
  names(): Promise<string[]>;
  /** Contests every chargeback, with success. */
  contest?(): Promise<void>;
}

const EMAIL = 'ama@example.com';

function atFlutterwave(call: Call, { stage }: Shop): Dashboard {
  const currency = 'NGN';
  const day = (ms: number) => new Date(stage.clock.nowMs() + ms).toISOString().slice(0, 10);
  return {
    async charge(reference, amount, fails) {
      const token = fails ? 'flw-t1nf-decline_declined' : 'flw-t1nf-success';
      const body = { tx_ref: reference, amount, currency, email: EMAIL, token };
      return String((await call('POST', '/tokenized-charges', body)).data.id);
    },
    giveBack: (name, amount) => call('POST', `/transactions/${name}/refund`, { amount }),
    async payOut(reference, amount, account) {
      const body = { account_bank: '044', account_number: account, amount, currency, reference };
      return String((await call('POST', '/transfers', body)).data.id);
    },
    async names() {
      const path = `/transactions?from=${day(-DAY)}&to=${day(DAY)}`;
      return (await call('GET', path)).data.map(({ id }: Json) => String(id));
    },
    async contest() {
      for (const { id } of (await call('GET', '/chargebacks')).data)
        await call('PUT', `/chargebacks/${id}`, { action: 'decline', comment: 'delivered' });
    },
  };
}

function atMonnify(call: Call): Dashboard {
  const currency = 'NGN';
  return {
    async charge(paymentReference, amount, fails) {
      const customer = { customerName: 'Ama', customerEmail: EMAIL };
      const made = await call('POST', '/api/v1/merchant/transactions/init-transaction', {
        amount,
        paymentReference,
        ...customer,
        currencyCode: currency,
        contractCode: '1000000001',
      });
      const { transactionReference, checkoutUrl } = made.responseBody;
      await press(checkoutUrl, fails ? 'failure' : 'success');
      return transactionReference;
    },
    giveBack: (transactionReference, refundAmount) =>
      call('POST', '/api/v1/refunds/initiate-refund', {
        transactionReference,
        refundReference: `back-${transactionReference}`,
        refundAmount,
        refundReason: 'torn',
      }),
    async payOut(reference, amount, destinationAccountNumber) {
      await call('POST', '/api/v2/disbursements/single', {
        amount,
        reference,
        currency,
        narration: 'x',
        async: true,
        destinationAccountNumber,
        destinationBankCode: '058',
        destinationAccountName: 'TUNDE BELLO',
        sourceAccountNumber: '9000000001',
      });
      return reference;
    },
    async names() {
      const { content } = (await call('GET', '/api/v1/transactions/search?size=100')).responseBody;
      return content.map(({ transactionReference }: Json) => transactionReference);
    },
  };
}

export async function dashboardOf(provider: string, shop: Shop): Promise<Dashboard> {
  const { secret_key: secret, api_key: key } = shop.credentials;
  const callAs =
    (authorization: string): Call =>
    async (method, path, body) => {
      const reply = await fetch(`${shop.stage.pspUrl}/simulators/${provider}${path}`, {
        method,
        headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await reply.text();
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
      return JSON.parse(text);
    };
  if (provider === 'flutterwave') return atFlutterwave(callAs(`Bearer ${secret}`), shop);
  const basic = Buffer.from(`${key}:${secret}`).toString('base64');
  const login = await callAs(`Basic ${basic}`)('POST', '/api/v1/auth/login');
  return atMonnify(callAs(`Bearer ${login.responseBody.accessToken}`));
}

/** A little of everything: the names of what was made, in the order of its making. */
export async function useWithoutUs(dashboard: Dashboard, { stage }: Shop): Promise<string[]> {
  const names: string[] = [];
  const made = (name: string) => {
    names.push(name);
    stage.clock.advance(SECOND);
    return name;
  };
  made(await dashboard.charge('one', 200.07));
  const given = made(await dashboard.charge('two', 500.5));
  made(await dashboard.charge('three', 300.3, true));
  made(await dashboard.payOut('four', 123.45, '0690000040'));
  made(await dashboard.payOut('five', 543.21, '9990000001'));
  await dashboard.giveBack(given, 100.45);
  return names;
}
