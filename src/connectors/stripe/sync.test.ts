import { describe, expect, it } from 'vitest';
import type { AttemptRef } from '../contract.ts';
import type { Transmission } from '../transport.ts';
import {
  attempt,
  createdAtMs,
  intent,
  ok,
  paidIntent,
  reference,
  refusal,
  replied,
  scripted,
  session,
} from './fixtures.ts';
import { sync } from './sync.ts';

const page = (pspState: Record<string, string> = { session: 'cs_test_demo1' }) =>
  attempt({ pspReference: 'cs_test_demo1', pspState });
const client = () => attempt({ pspState: { intent: 'pi_demo1' } });

async function ask(about: AttemptRef, ...answers: Transmission[]) {
  const call = scripted(...answers);
  const outcome = await sync(about, call);
  return { outcome, paths: call.requests.map(({ method, path }) => `${method} ${path}`) };
}

describe('asking about an intent', () => {
  it('reads it with its fee', async () => {
    const { outcome, paths } = await ask(attempt(), ok(paidIntent()));
    expect(paths).toEqual([
      'GET /v1/payment_intents/pi_demo1?expand[]=latest_charge.balance_transaction',
    ]);
    expect(outcome).toMatchObject({ kind: 'succeeded', what: 'captured', amountMinor: 1099n });
  });

  it('tells a confirmed attempt that failed from a browser that may try again', async () => {
    const last_payment_error = {
      type: 'card_error',
      decline_code: 'expired_card',
      message: 'Old.',
    };
    const failed = ok(intent({ last_payment_error }));
    expect((await ask(attempt(), failed)).outcome).toMatchObject({
      kind: 'declined',
      decline: { code: 'expired_card' },
    });
    expect((await ask(client(), failed)).outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'client' },
      pspState: { intent: 'pi_demo1', last_error: 'Old.' },
    });
  });

  it.each<[string, Transmission]>([
    ['a lost reply', { sent: 'unknown', reason: 'reset' }],
    ['an unreachable Stripe', { sent: 'not_sent', reason: 'refused' }],
    ['a 500', replied(500, {})],
    ['a 429', refusal(429, { code: 'rate_limit' })],
    ['a 401', refusal(401, { message: 'Invalid API Key provided: sk_test_demo' })],
    ['another intent', ok(paidIntent({ id: 'pi_other' }))],
    ['another payment', ok(paidIntent({ metadata: { reference: 'x' } }))],
    ['live mode', ok(paidIntent({ livemode: true }))],
  ])('learns nothing from %s', async (_, answer) => {
    const { outcome } = await ask(attempt(), answer);
    expect(outcome.kind).toBe('unknown');
    expect(outcome).not.toHaveProperty('notFound');
    expect(JSON.stringify(outcome)).not.toContain('sk_test');
  });

  it('passes on that there is no such intent', async () => {
    const { outcome } = await ask(attempt(), refusal(404, { code: 'resource_missing' }));
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });
});

describe('asking about a page', () => {
  it('sends the customer there again while it is open', async () => {
    const { outcome, paths } = await ask(page(), ok(session()));
    expect(paths).toEqual(['GET /v1/checkout/sessions/cs_test_demo1']);
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url: 'https://checkout.stripe.com/c/pay/cs_test_demo1#fid' },
    });
  });

  it('keeps the message of a failed try on an open page', async () => {
    const last_payment_error = { type: 'card_error', decline_code: 'do_not_honor', message: 'No.' };
    const open = session({ payment_intent: 'pi_demo1' });
    const { outcome } = await ask(page(), ok(open), ok(intent({ last_payment_error })));
    expect(outcome).toMatchObject({
      kind: 'requires_action',
      pspState: { session: 'cs_test_demo1', intent: 'pi_demo1', last_error: 'No.' },
    });
  });

  it('stays with the open page when its intent cannot be read', async () => {
    const open = session({ payment_intent: 'pi_demo1' });
    const { outcome } = await ask(page(), ok(open), replied(500, {}));
    expect(outcome.kind).toBe('requires_action');
  });

  it('reads the intent of a paid page', async () => {
    const paid = session({
      status: 'complete',
      payment_status: 'paid',
      payment_intent: 'pi_demo1',
    });
    const { outcome } = await ask(page(), ok(paid), ok(paidIntent()));
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      what: 'captured',
      pspReference: 'pi_demo1',
      pspState: { session: 'cs_test_demo1', intent: 'pi_demo1' },
    });
    expect(outcome).not.toHaveProperty('clientToken');
  });

  it('is authorized or pending as the intent of an unpaid, complete page is', async () => {
    const complete = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const held = ok(intent({ status: 'requires_capture', amount_capturable: 1099 }));
    expect((await ask(page(), complete, held)).outcome).toMatchObject({ what: 'authorized' });
    const slow = ok(intent({ status: 'processing' }));
    expect((await ask(page(), complete, slow)).outcome.kind).toBe('pending');
  });

  it('is declined when a complete page’s payment failed afterwards', async () => {
    const complete = ok(session({ status: 'complete', payment_intent: 'pi_demo1' }));
    const last_payment_error = { type: 'card_error', decline_code: 'do_not_honor' };
    const { outcome } = await ask(page(), complete, ok(intent({ last_payment_error })));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'do_not_honor' } });
  });

  it('is over when the page expired', async () => {
    const { outcome } = await ask(page(), ok(session({ status: 'expired', url: null })));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'payer_timeout' } });
  });
});

describe('asking about an attempt without any id', () => {
  const lost = attempt({ pspReference: null, pspState: {} });
  const late = { ...lost, createdAtMs: createdAtMs - 25 * 3_600_000 };
  const list = (data: unknown[], has_more = false) => ok({ object: 'list', data, has_more });

  it('says that it is not identified while the key still lives', async () => {
    const { outcome, paths } = await ask(lost, list([]), list([]));
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(outcome).not.toHaveProperty('notFound');
    const window = `created[gte]=${createdAtMs / 1000 - 300}&created[lte]=${createdAtMs / 1000 + 900}`;
    expect(paths).toEqual([
      `GET /v1/checkout/sessions?${window}&limit=100`,
      `GET /v1/payment_intents?${window}&limit=100`,
    ]);
  });

  it('finds a confirmed intent by its metadata and reads it', async () => {
    const others = intent({ id: 'pi_other', metadata: { reference: 'x' } });
    const mine = list([others, intent()]);
    const { outcome } = await ask(lost, list([]), mine, ok(paidIntent()));
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      pspReference: 'pi_demo1',
      pspState: { intent: 'pi_demo1', confirmed: '1' },
    });
  });

  it('finds a page by its client_reference_id and reads it', async () => {
    const mine = list([session({ metadata: {} })]);
    const { outcome } = await ask(lost, mine, ok(session()));
    expect(outcome).toMatchObject({ kind: 'requires_action', pspReference: 'cs_test_demo1' });
  });

  it('walks on from page to page', async () => {
    const first = list([intent({ id: 'pi_a', metadata: {} })], true);
    const { outcome, paths } = await ask(lost, list([]), first, list([intent()]), ok(paidIntent()));
    expect(paths[2]).toContain('&starting_after=pi_a');
    expect(outcome.kind).toBe('succeeded');
  });

  it('says that there is nothing once the key is dead and the lists were read to their ends', async () => {
    const none = list([]);
    const { outcome } = await ask(late, none, none, none, none);
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });

  it.each<[string, Transmission]>([
    ['a list goes on beyond the bound', list([intent({ id: 'pi_a', metadata: {} })], true)],
    ['Stripe did not answer', replied(503, '')],
    ['a list is not one', ok({ object: 'list', data: 'many', has_more: false })],
    ['a row is not an object', list([null])],
    ['a list does not say whether it ends', ok({ object: 'list', data: [] })],
  ])('does not say so when %s', async (_, answer) => {
    const { outcome } = await ask(late, ...Array.from({ length: 12 }, () => answer));
    expect(outcome.kind).toBe('unknown');
    expect(outcome).not.toHaveProperty('notFound');
  });

  it('stays within the requests that the host allows for one operation', async () => {
    const endless = list(
      [intent({ id: 'pi_a', metadata: { reference: `not ${reference}` } })],
      true,
    );
    const { paths } = await ask(late, ...Array.from({ length: 20 }, () => endless));
    expect(paths.length).toBeLessThanOrEqual(12);
  });
});
