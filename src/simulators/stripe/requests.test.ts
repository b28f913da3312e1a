// How requests are read: keys, versions, strict forms, Stripe's error envelope (psp/stripe.md sections 1, 3, 8, 9).
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const intents = '/v1/payment_intents';
const usd = { amount: '1099', currency: 'usd' };

describe('keys', () => {
  it.each([
    ['none', null, 'You did not provide an API key'],
    ['a word', 'nonsense', 'Invalid API Key provided: ***'],
    ['a key of another kind', 'ak_test_1', 'Invalid API Key provided: ak_test_***'],
    ['a publishable key', 'pk_test_1', 'cannot be made with a publishable API key'],
  ])('are refused: %s', async (_name, key, message) => {
    const { status, body } = await stripe.call('GET', '/v1/balance', { key });
    expect(status).toBe(401);
    expect(body.error).toMatchObject({ type: 'invalid_request_error' });
    expect(body.error.message).toContain(message);
  });

  it('are never repeated in an answer', async () => {
    const key = 'sk_test_very secret';
    const { text } = await stripe.call('GET', '/v1/balance', { key });
    expect(text).not.toContain('secret');
  });

  it('are taken as the user of basic authentication, and restricted ones too', async () => {
    const authorization = `Basic ${Buffer.from('rk_test_1:').toString('base64')}`;
    const { status } = await stripe.call('GET', '/v1/balance', {
      key: null,
      headers: { authorization },
    });
    expect(status).toBe(200);
  });

  it('keep their books apart, and live apart from test', async () => {
    const { body } = await stripe.call('POST', intents, { form: usd });
    const foreign = await stripe.call('GET', `${intents}/${body.id}`, { key: 'sk_test_other' });
    expect(foreign.status).toBe(404);
    expect(foreign.body.error).toMatchObject({ code: 'resource_missing', param: 'intent' });
    const live = await stripe.call('POST', intents, { form: usd, key: 'sk_live_1' });
    expect([body.livemode, live.body.livemode]).toEqual([false, true]);
  });

  it('of live mode know no test tokens and decline test cards', async () => {
    const key = 'sk_live_1';
    const token = { ...usd, payment_method: 'pm_card_visa' };
    const refused = await stripe.call('POST', intents, { form: token, key });
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('a similar object exists in test mode');
    const form = {
      ...usd,
      confirm: 'true',
      return_url: 'https://shop.example/r',
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': '4242424242424242',
      'payment_method_data[card][exp_month]': '12',
      'payment_method_data[card][exp_year]': '2031',
    };
    const declined = await stripe.call('POST', intents, { form, key });
    expect(declined.body.error.decline_code).toBe('live_mode_test_card');
  });
});

describe('headers', () => {
  it('echo the version and name the request', async () => {
    const headers = { 'stripe-version': '2024-06-20' };
    const reply = await stripe.call('GET', '/v1/balance', { headers });
    expect(reply.headers['stripe-version']).toBe('2024-06-20');
    expect(reply.headers['request-id']).toMatch(/^req_\w{14}$/);
    const pinned = await stripe.call('GET', '/v1/balance');
    expect(pinned.headers['stripe-version']).toBe('2026-10-28.endive');
  });

  it('with a version or account of no known form are refused', async () => {
    const version = await stripe.call('GET', '/v1/balance', { headers: { 'stripe-version': 'x' } });
    expect(version.status).toBe(400);
    const account = await stripe.call('GET', '/v1/balance', { headers: { 'stripe-account': 'x' } });
    expect(account.status).toBe(403);
  });

  it('decide whether payment_method_types exists', async () => {
    const form = { ...usd, 'payment_method_types[]': 'card' };
    const now = await stripe.call('POST', intents, { form });
    expect(now.body.error).toMatchObject({
      code: 'parameter_unknown',
      param: 'payment_method_types',
    });
    const headers = { 'stripe-version': '2023-10-16' };
    const before = await stripe.call('POST', intents, { form, headers });
    expect(before.body).toMatchObject({
      automatic_payment_methods: null,
      payment_method_types: ['card'],
    });
  });
});

describe('parameters', () => {
  it.each([
    [{ currency: 'usd' }, 'parameter_missing', 'amount'],
    [{ amount: '1099' }, 'parameter_missing', 'currency'],
    [{ ...usd, amont: '1' }, 'parameter_unknown', 'amont'],
    [
      { ...usd, 'automatic_payment_methods[enabld]': 'true' },
      'parameter_unknown',
      'automatic_payment_methods[enabld]',
    ],
    [{ ...usd, __proto__x: '1', '__proto__[polluted]': '1' }, 'parameter_unknown', undefined],
    [{ ...usd, constructor: '1' }, 'parameter_unknown', 'constructor'],
    [{ ...usd, amount: '10.99' }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: '1e3' }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: ' 1099' }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: '-5' }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: '0' }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: '9'.repeat(400) }, 'parameter_invalid_integer', 'amount'],
    [{ ...usd, amount: '49' }, 'amount_too_small', 'amount'],
    [{ ...usd, amount: '100000000' }, 'amount_too_large', 'amount'],
    [{ ...usd, customer: '' }, 'parameter_invalid_empty', 'customer'],
    [
      { ...usd, confirm: 'true', return_url: 'ftp://x/y', payment_method: 'pm_card_visa' },
      'url_invalid',
      'return_url',
    ],
    [{ ...usd, 'transfer_data[destination]': 'acct_1' }, 'parameter_unknown', 'transfer_data'],
    [
      { ...usd, 'payment_method_options[card][capture_method]': 'manual' },
      'parameter_unknown',
      'payment_method_options[card][capture_method]',
    ],
  ])('of %j are refused: %s', async (form, code, param) => {
    const { status, body } = await stripe.call('POST', intents, { form });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', code });
    if (param !== undefined) expect(body.error.param).toBe(param);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it.each([
    [{ ...usd, currency: 'zzz' }, 'currency'],
    [{ ...usd, capture_method: 'later' }, 'capture_method'],
    [{ ...usd, confirm: 'yes' }, 'confirm'],
    [{ ...usd, 'amount[]': '5' }, 'amount'],
    [{ ...usd, metadata: 'x' }, 'metadata'],
    [{ ...usd, 'metadata[a][b]': 'x' }, 'metadata[a]'],
    [{ ...usd, return_url: 'https://shop.example' }, 'return_url'],
  ])('of a wrong type are refused: %j', async (form, param) => {
    const { status, body } = await stripe.call('POST', intents, { form });
    expect(status).toBe(400);
    expect(body.error.param).toBe(param);
  });

  it.each([
    ['jpy', '50', undefined],
    ['mga', '5', undefined],
    ['ugx', '50000', undefined],
    ['ugx', '50050', 'invalid_charge_amount_no_decimal_compatible'],
    ['isk', '10050', 'invalid_charge_amount_no_decimal_compatible'],
    ['kwd', '1230', undefined],
    ['kwd', '1234', 'parameter_invalid_integer'],
    ['idr', '999999999999', undefined],
    ['GHS', '2000', undefined],
  ])('take amounts by the rules of %s: %s', async (currency, amount, code) => {
    const { body } = await stripe.call('POST', intents, { form: { currency, amount } });
    expect(body.error?.code).toBe(code);
    if (code === undefined) expect(body.currency).toBe(currency.toLowerCase());
  });

  it('nested too deeply, too many, or not a form are refused', async () => {
    const deep = `a${'[b]'.repeat(30)}`;
    expect((await stripe.call('POST', intents, { form: { [deep]: '1' } })).status).toBe(400);
    const many = Object.fromEntries(
      Array.from({ length: 1200 }, (_, i) => [`metadata[k${i}]`, '1']),
    );
    expect((await stripe.call('POST', intents, { form: many })).status).toBe(400);
    const { body } = await stripe.app
      .inject({
        method: 'POST',
        url: intents,
        headers: { authorization: 'Bearer sk_test_1' },
        payload: { amount: 1099, currency: 'usd' },
      })
      .then((reply) => ({ body: reply.json() }));
    expect(body.error.message).toContain('application/x-www-form-urlencoded');
  });
});

describe('answers', () => {
  it('to unknown URLs are Stripe errors', async () => {
    const { status, body } = await stripe.call('GET', '/v1/nothing');
    expect(status).toBe(404);
    expect(body.error.message).toContain('Unrecognized request URL (GET /v1/nothing)');
  });

  it('expand what is asked for, and refuse what cannot be', async () => {
    const form = {
      ...usd,
      confirm: 'true',
      payment_method: 'pm_card_visa',
      return_url: 'https://a.example',
    };
    const { body } = await stripe.call('POST', intents, {
      form: { ...form, 'expand[]': 'latest_charge.balance_transaction' },
    });
    expect(body.latest_charge.balance_transaction.object).toBe('balance_transaction');
    const list = await stripe.call('GET', `${intents}?expand[]=data.latest_charge`);
    expect(list.body.data[0].latest_charge.object).toBe('charge');
    const wrong = await stripe.call('POST', intents, { form: { ...form, 'expand[]': 'amount' } });
    expect(wrong.body.error.message).toBe('This property cannot be expanded (amount).');
    expect((await stripe.call('GET', `${intents}?limit=100`)).body.data).toHaveLength(1);
  });

  it('page lists newest first, forwards and backwards', async () => {
    const ids: string[] = [];
    for (const amount of ['100', '200', '300', '400', '500']) {
      const { body } = await stripe.call('POST', intents, { form: { ...usd, amount } });
      ids.unshift(body.id);
    }
    const page = async (query: string) => {
      const { body } = await stripe.call('GET', `${intents}?${query}`);
      return [body.data.map(({ id }: { id: string }) => ids.indexOf(id)), body.has_more];
    };
    expect(await page('limit=2')).toEqual([[0, 1], true]);
    expect(await page(`limit=2&starting_after=${ids[1]}`)).toEqual([[2, 3], true]);
    expect(await page(`limit=2&starting_after=${ids[3]}`)).toEqual([[4], false]);
    expect(await page(`limit=2&ending_before=${ids[4]}`)).toEqual([[2, 3], true]);
    expect(await page(`created[gt]=${stripe.nowMs() / 1000}`)).toEqual([[], false]);
    expect((await page(`created[gte]=${stripe.nowMs() / 1000}`))[0]).toHaveLength(5);
    const { status } = await stripe.call('GET', `${intents}?limit=101`);
    expect(status).toBe(400);
    expect((await stripe.call('GET', `${intents}?starting_after=pi_x`)).status).toBe(400);
  });
});
