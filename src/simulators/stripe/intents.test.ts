// The state machine of a PaymentIntent (psp/stripe.md section 2.1), test cards, client calls, and the merchant's page.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEY, openSandbox, type Sandbox } from './sandbox.ts';

let stripe: Sandbox;
beforeEach(() => {
  stripe = openSandbox();
});
afterEach(() => stripe.close());

const intents = '/v1/payment_intents';
const base = { amount: '1099', currency: 'usd' };
const confirmed = { ...base, confirm: 'true', return_url: 'https://shop.example/r' };
const create = async (form: Record<string, string>) =>
  (await stripe.call('POST', intents, { form })).body;
const act = (id: string, verb: string, form: Record<string, string> = {}) =>
  stripe.call('POST', `${intents}/${id}/${verb}`, { form });
const read = async (id: string) => (await stripe.call('GET', `${intents}/${id}`)).body;

describe('a test card', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
  ])('declines: %s', async (payment_method, code, decline_code) => {
    const { status, body } = await stripe.call('POST', intents, {
      form: { ...confirmed, payment_method },
    });
    expect(status).toBe(402);
    expect(body.error).toMatchObject({ type: 'card_error', code, decline_code });
    expect(body.error.doc_url).toContain(code.replaceAll('_', '-'));
    const intent = await read(body.error.payment_intent.id);
    expect(intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      latest_charge: body.error.charge,
      last_payment_error: { code, decline_code, charge: body.error.charge },
    });
    const charge = (await stripe.call('GET', `/v1/charges/${body.error.charge}`)).body;
    expect(charge).toMatchObject({ status: 'failed', paid: false, failure_code: code });
  });

  it('may be tried again with another after a decline', async () => {
    const { id } = await create(base);
    const url = { return_url: 'https://shop.example/r' };
    await act(id, 'confirm', { ...url, payment_method: 'pm_card_chargeDeclined' });
    const { body } = await act(id, 'confirm', { ...url, payment_method: 'pm_card_visa' });
    expect(body).toMatchObject({ status: 'succeeded', last_payment_error: null });
    const charges = await stripe.call('GET', `/v1/charges?payment_intent=${id}`);
    expect(charges.body.data.map(({ paid }: { paid: boolean }) => paid)).toEqual([true, false]);
  });

  it('is read by its number, and only brand and last four are kept', async () => {
    const number = (digits: string) => ({
      ...confirmed,
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': digits,
      'payment_method_data[card][exp_month]': '12',
      'payment_method_data[card][exp_year]': '31',
      'payment_method_data[card][cvc]': '123',
    });
    expect((await create(number('5555 5555 5555 4444'))).status).toBe('succeeded');
    expect((await create(number('4000000000009995'))).error.decline_code).toBe(
      'insufficient_funds',
    );
    expect((await create(number('4242424242424241'))).error.code).toBe('incorrect_number');
    const past = { ...number('4242424242424242'), 'payment_method_data[card][exp_year]': '2020' };
    expect((await create(past)).error.code).toBe('invalid_expiry_year');
    const books = JSON.stringify(stripe.simulators.books('stripe', KEY));
    expect(books).not.toContain('5555555555554444');
    expect(books).not.toContain('4000000000009995');
  });

  it('without a customer is spent once it was charged', async () => {
    const { payment_method } = await create({ ...confirmed, payment_method: 'pm_card_visa' });
    const again = await create({ ...confirmed, payment_method });
    expect(again.error.message).toContain('may not be used again');
  });
});

describe('confirming', () => {
  it('needs a method, and an address to come back to', async () => {
    expect((await create({ ...base, confirm: 'true' })).error.code).toBe('parameter_missing');
    const noWay = await create({ ...base, confirm: 'true', payment_method: 'pm_card_visa' });
    expect(noWay.error.message).toContain('you must provide a `return_url`');
    const { id } = await create(base);
    expect((await act(id, 'confirm')).body.error.code).toBe('payment_intent_unexpected_state');
  });

  it('of a paid intent is refused, and does not charge', async () => {
    const { id } = await create({ ...confirmed, payment_method: 'pm_card_visa' });
    const { status, body } = await act(id, 'confirm', { payment_method: 'pm_card_visa' });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'succeeded' },
    });
    expect(stripe.simulators.books('stripe', KEY).totals.USD?.counts.charged).toBe(1);
  });

  it('keeps a method given at creation for later', async () => {
    const intent = await create({ ...base, payment_method: 'pm_card_visa' });
    expect(intent.status).toBe('requires_confirmation');
    const { body } = await act(intent.id, 'confirm', { return_url: 'https://shop.example/r' });
    expect(body.status).toBe('succeeded');
  });

  it('can refuse to ask for authentication', async () => {
    const body = await create({
      ...confirmed,
      payment_method: 'pm_card_authenticationRequired',
      error_on_requires_action: 'true',
    });
    expect(body.error).toMatchObject({ code: 'authentication_required' });
    expect(body.error.charge).toBeUndefined();
  });
});

describe('3-D Secure', () => {
  const challenge = async (payment_method: string) => {
    const intent = await create({ ...confirmed, payment_method });
    return { id: intent.id, url: intent.next_action.redirect_to_url.url as string };
  };

  it('that fails leaves the intent without a method and without a charge', async () => {
    const { id, url } = await challenge('pm_card_authenticationRequired');
    const { headers } = await stripe.press(url, 'failure');
    expect(headers.location).toContain('redirect_status=failed');
    expect(await read(id)).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: null,
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('may pass and the bank still declines', async () => {
    const { id, url } = await challenge(
      'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    );
    const { headers } = await stripe.press(url, 'success');
    expect(headers.location).toContain('redirect_status=failed');
    expect((await read(id)).last_payment_error.decline_code).toBe('insufficient_funds');
  });

  it('shows a page to people, and nothing without the secret', async () => {
    const { url } = await challenge('pm_card_authenticationRequired');
    const page = await stripe.call('GET', url);
    expect(page.text).toContain('10.99 USD');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    const secretless = await stripe.press(url.split('?')[0]!, 'success');
    expect(secretless.status).toBe(404);
    expect((await stripe.press(url, 'maybe')).status).toBe(400);
  });

  it('pressed twice charges once', async () => {
    const { url } = await challenge('pm_card_authenticationRequired');
    await stripe.press(url, 'success');
    const { headers } = await stripe.press(url, 'success');
    expect(headers.location).toContain('redirect_status=succeeded');
    expect(stripe.simulators.books('stripe', KEY).totals.USD?.counts.charged).toBe(1);
  });
});

describe('an authorization', () => {
  const manual = { ...confirmed, capture_method: 'manual', payment_method: 'pm_card_visa' };

  it('is captured once, up to its amount', async () => {
    const { id } = await create(manual);
    const tooMuch = await act(id, 'capture', { amount_to_capture: '1100' });
    expect(tooMuch.body.error.code).toBe('amount_too_large');
    const { body } = await act(id, 'capture', { amount_to_capture: '1000' });
    expect(body).toMatchObject({
      status: 'succeeded',
      amount_received: 1000,
      amount_capturable: 0,
    });
    expect((await act(id, 'capture')).body.error.code).toBe('payment_intent_unexpected_state');
    expect((await act(id, 'cancel')).body.error.code).toBe('payment_intent_unexpected_state');
    expect(stripe.simulators.books('stripe', KEY).totals.USD).toMatchObject({
      charged: '1000',
      authorized: '0',
    });
  });

  it('is released by canceling, and then cannot be captured', async () => {
    const { id } = await create(manual);
    const { body } = await act(id, 'cancel', { cancellation_reason: 'requested_by_customer' });
    expect(body).toMatchObject({ status: 'canceled', amount_capturable: 0 });
    expect((await act(id, 'capture')).status).toBe(400);
    const totals = stripe.simulators.books('stripe', KEY).totals.USD;
    expect(totals ?? { authorized: '0' }).toMatchObject({ authorized: '0' });
  });

  it('expires after seven days', async () => {
    const { id } = await create(manual);
    await stripe.pass(7 * 86_400_000 + 1_000);
    expect(await read(id)).toMatchObject({ status: 'canceled', cancellation_reason: 'automatic' });
    expect(stripe.types()).toContain('charge.expired');
    expect(stripe.types()).toContain('payment_intent.canceled');
  });

  it('cannot be refunded before it is captured', async () => {
    const { id } = await create(manual);
    const { body } = await stripe.call('POST', '/v1/refunds', { form: { payment_intent: id } });
    expect(body.error.code).toBe('charge_not_refundable');
  });
});

describe('changing and canceling', () => {
  it('changes amount and metadata of an open intent only', async () => {
    const { id } = await create({ ...base, 'metadata[a]': '1', 'metadata[b]': '2' });
    const change = { amount: '2000', 'metadata[a]': '', 'metadata[c]': '3' };
    const { body } = await stripe.call('POST', `${intents}/${id}`, { form: change });
    expect(body).toMatchObject({ amount: 2000, metadata: { b: '2', c: '3' } });
    await act(id, 'cancel');
    const late = await stripe.call('POST', `${intents}/${id}`, { form: { amount: '1' } });
    expect(late.body.error.code).toBe('payment_intent_unexpected_state');
    const note = await stripe.call('POST', `${intents}/${id}`, { form: { description: 'x' } });
    expect(note.body.description).toBe('x');
  });

  it('does not cancel twice', async () => {
    const { id } = await create(base);
    expect((await act(id, 'cancel')).body.status).toBe('canceled');
    expect((await act(id, 'cancel')).status).toBe(400);
  });
});

describe('a browser with a publishable key', () => {
  it('reads and confirms the intent whose secret it knows, and sees no metadata', async () => {
    const { id, client_secret } = await create({ ...base, 'metadata[payment_id]': 'pay_1' });
    const form = {
      key: 'pk_test_shop',
      client_secret,
      payment_method: 'pm_card_visa',
      return_url: 'https://shop.example/r',
    };
    const paid = await stripe.call('POST', `${intents}/${id}/confirm`, { form, key: null });
    expect(paid.body).toMatchObject({ status: 'succeeded' });
    expect(paid.body.metadata).toBeUndefined();
    const query = `key=pk_test_shop&client_secret=${client_secret}`;
    const seen = await stripe.call('GET', `${intents}/${id}?${query}`, { key: null });
    expect(seen.body.id).toBe(id);
  });

  it('gets nowhere without the secret, in the other mode, or at other calls', async () => {
    const { id, client_secret } = await create(base);
    const key = 'pk_test_shop';
    const wrong = await stripe.call('GET', `${intents}/${id}?client_secret=x`, { key });
    expect(wrong.status).toBe(400);
    expect((await stripe.call('GET', `${intents}/${id}`, { key })).status).toBe(401);
    const path = `${intents}/${id}?client_secret=${client_secret}`;
    expect((await stripe.call('GET', path, { key: 'pk_live_shop' })).status).toBe(404);
    expect((await stripe.call('GET', intents, { key })).status).toBe(401);
    const cancel = { key, form: { client_secret } };
    expect((await stripe.call('POST', `${intents}/${id}/cancel`, cancel)).status).toBe(401);
  });
});

describe("the page that stands in for a shop's", () => {
  const page = async (extra = '') => {
    const { id, client_secret } = await create(base);
    return { id, url: `/pay/${id}?client_secret=${client_secret}${extra}` };
  };

  it('pays, and leads to the address that it was given', async () => {
    const { id, url } = await page('&return_url=https%3A%2F%2Fshop.example%2Fdone');
    expect((await stripe.call('GET', url)).text).toContain('10.99 USD');
    const { status, headers } = await stripe.press(url, 'success');
    expect(status).toBe(303);
    expect(headers.location).toMatch(
      /^https:\/\/shop\.example\/done\?.*redirect_status=succeeded$/,
    );
    expect((await read(id)).status).toBe('succeeded');
  });

  it('declines, and lets the payer try again', async () => {
    const { id, url } = await page('&return_url=https%3A%2F%2Fshop.example%2Fdone');
    const { headers } = await stripe.press(url, 'failure');
    expect(headers.location).toContain('redirect_status=failed');
    expect((await read(id)).last_payment_error.decline_code).toBe('generic_decline');
    await stripe.press(url, 'cancel');
    expect((await read(id)).status).toBe('requires_payment_method');
    await stripe.press(url, 'success');
    expect((await read(id)).status).toBe('succeeded');
  });

  it('leads through 3-D Secure when the card asks for it', async () => {
    const { id, url } = await page('&return_url=https%3A%2F%2Fshop.example%2Fdone');
    const first = await stripe.press(url, 'success', {
      payment_method: 'pm_card_authenticationRequired',
    });
    expect(first.headers.location).toContain('/3ds/');
    const second = await stripe.press(String(first.headers.location), 'success');
    expect(second.headers.location).toContain('https://shop.example/done');
    expect((await read(id)).status).toBe('succeeded');
  });

  it('follows no address that is not of the web', async () => {
    const { url } = await page('&return_url=javascript%3Aalert(1)');
    const { status, headers } = await stripe.press(url, 'success');
    expect([status, headers.location]).toEqual([200, undefined]);
  });
});

describe('asked-for answers', () => {
  it('decline in the words of metadata, only at Stripe', async () => {
    const form = { ...confirmed, payment_method: 'pm_card_visa' };
    const declined = await create({ ...form, 'metadata[simulate]': 'stripe=decline:do_not_honor' });
    expect(declined.error.decline_code).toBe('do_not_honor');
    const elsewhere = await create({
      ...form,
      'metadata[simulate]': 'paystack=decline:do_not_honor',
    });
    expect(elsewhere.status).toBe('succeeded');
    const common = await create({ ...form, 'metadata[simulate]': 'decline:fraud_suspected' });
    expect(common.error.decline_code).toBe('fraudulent');
    const config = await create({ ...form, 'metadata[simulate]': 'decline:merchant_config' });
    expect(config.error.code).toBe('testmode_charges_only');
  });

  it('process, and succeed late', async () => {
    const form = { ...confirmed, payment_method: 'pm_card_visa' };
    const { id, status } = await create({ ...form, 'metadata[simulate]': 'late_success:5000' });
    expect(status).toBe('processing');
    expect((await act(id, 'cancel')).status).toBe(400);
    await stripe.pass(6_000);
    expect((await read(id)).status).toBe('succeeded');
    expect(stripe.types()).toEqual([
      'payment_intent.created',
      'payment_intent.processing',
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
  });
});
