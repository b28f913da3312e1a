import { describe, expect, it } from 'vitest';
import {
  intent,
  operationReference,
  paidIntent,
  payoutObject,
  reference,
  refundObject,
  session,
} from './fixtures.ts';
import { readWebhook } from './webhook.ts';

function read(type: string, object: object, more: object = {}, previous_attributes?: object) {
  const event = { id: 'evt_demo1', object: 'event', livemode: false, type, ...more };
  const text = JSON.stringify({ ...event, data: { object, previous_attributes } });
  return readWebhook({ headers: {}, query: {}, rawBody: Buffer.from(text) });
}

describe('intent events', () => {
  it('find the attempt and tell what was captured', () => {
    expect(read('payment_intent.succeeded', paidIntent())).toEqual({
      eventId: 'evt_demo1',
      eventType: 'payment_intent.succeeded',
      target: {
        reference,
        pspReference: 'pi_demo1',
        paymentId: 'pay_1',
        refundReference: null,
        refundPspReference: null,
      },
      about: 'charge',
      outcome: {
        kind: 'succeeded',
        what: 'captured',
        amountMinor: 1099n,
        currency: 'USD',
        pspReference: 'pi_demo1',
        clientToken: 'pi_demo1_secret_demo',
      },
      amountMinor: null,
    });
  });

  it.each([
    ['processing', { status: 'processing' }, { kind: 'pending' }],
    ['canceled', { status: 'canceled' }, { kind: 'declined', decline: { code: 'canceled' } }],
    [
      'amount_capturable_updated',
      { status: 'requires_capture', amount_capturable: 1099 },
      { kind: 'succeeded', what: 'authorized', amountMinor: 1099n },
    ],
  ])('%s is taken at its word', (name, changes, outcome) => {
    expect(read(`payment_intent.${name}`, intent(changes))?.outcome).toMatchObject(outcome);
  });

  it.each([
    ['payment_failed', { last_payment_error: { type: 'card_error' } }],
    ['requires_action', { status: 'requires_action' }],
    ['partially_funded', { status: 'requires_action' }],
    ['succeeded', { status: 'processing' }],
    ['succeeded', { status: 'succeeded', amount_received: -1 }],
  ])('%s %j is only a reason to ask', (name, changes) => {
    const message = read(`payment_intent.${name}`, intent(changes));
    expect(message).toMatchObject({ about: 'charge', outcome: null, target: { reference } });
  });

  it('that contradict themselves about the mode are only a reason to ask', () => {
    const event = read('payment_intent.succeeded', paidIntent(), { livemode: true });
    expect(event).toMatchObject({ outcome: null, target: { reference } });
  });
});

describe('page events', () => {
  const complete = { status: 'complete', payment_intent: 'pi_demo1' };

  it('tell what was paid', () => {
    const paid = session({ ...complete, payment_status: 'paid' });
    for (const name of ['completed', 'async_payment_succeeded']) {
      const message = read(`checkout.session.${name}`, paid);
      expect(message?.target).toMatchObject({ reference, pspReference: 'pi_demo1' });
      expect(message?.outcome).toEqual({
        kind: 'succeeded',
        what: 'captured',
        amountMinor: 1099n,
        currency: 'USD',
        pspReference: 'pi_demo1',
        pspState: { session: 'cs_test_demo1', intent: 'pi_demo1' },
      });
    }
  });

  it('are pending when complete and unpaid, and over when expired', () => {
    const unpaid = read('checkout.session.completed', session(complete));
    expect(unpaid?.outcome).toMatchObject({ kind: 'pending' });
    const expired = read('checkout.session.expired', session({ status: 'expired' }));
    expect(expired?.outcome).toMatchObject({ decline: { code: 'payer_timeout' } });
  });

  it.each([
    ['async_payment_failed', complete],
    ['async_payment_succeeded', complete],
    ['completed', { status: 'open', payment_status: 'paid' }],
    ['completed', { ...complete, payment_status: 'paid', amount_total: null }],
    ['expired', { status: 'open' }],
  ])('%s %j are only a reason to ask', (name, changes) => {
    const message = read(`checkout.session.${name}`, session(changes));
    expect(message).toMatchObject({ about: 'charge', outcome: null });
  });

  it('find the attempt by client_reference_id when the metadata is gone', () => {
    const message = read('checkout.session.completed', session({ metadata: {} }));
    expect(message?.target).toMatchObject({ reference, pspReference: 'cs_test_demo1' });
  });
});

describe('charge and dispute events', () => {
  const charge = {
    id: 'ch_demo1',
    object: 'charge',
    payment_intent: 'pi_demo1',
    amount: 1099,
    amount_refunded: 700,
    currency: 'usd',
    metadata: { reference, payment_id: 'pay_1' },
  };

  it.each(['captured', 'expired'])('%s is a reason to ask', (name) => {
    expect(read(`charge.${name}`, charge)).toMatchObject({
      about: 'charge',
      outcome: null,
      target: { reference, pspReference: 'pi_demo1', paymentId: 'pay_1' },
    });
  });

  it('refunded tells how much of it is new', () => {
    const message = read('charge.refunded', charge, {}, { amount_refunded: 200 });
    expect(message).toMatchObject({ about: 'refund', outcome: null, amountMinor: 500n });
    expect(read('charge.refunded', charge)?.amountMinor).toBeNull();
  });

  it('disputes are found by the intent', () => {
    const dispute = { id: 'dp_1', object: 'dispute', amount: 1000, currency: 'usd' };
    const message = read('charge.dispute.created', { ...dispute, payment_intent: 'pi_demo1' });
    expect(message).toMatchObject({
      about: 'dispute',
      outcome: null,
      amountMinor: 1000n,
      target: { reference: null, pspReference: 'pi_demo1' },
    });
  });
});

describe('a dispute event', () => {
  const dispute = { id: 'dp_1', object: 'dispute', amount: 1000, currency: 'usd' };
  const word = (type: string, changes: object, event = {}) =>
    read(`charge.dispute.${type}`, { ...dispute, ...changes }, event)?.dispute;

  it.each([
    ['created', 'needs_response', 'DISPUTE'],
    ['created', 'something_new', 'DISPUTE'],
    ['updated', 'under_review', 'DISPUTE'],
    ['closed', 'won', 'DISPUTE_WON'],
    ['closed', 'lost', 'DISPUTE_LOST'],
  ])('%s says how far it is: %s', (type, status, told) => {
    expect(word(type, { status })).toEqual({ id: 'dp_1', status: told });
  });

  it('says nothing that is not certain', () => {
    expect(word('updated', { status: 'something_new' })).toBeNull();
    expect(word('closed', { status: 'won', id: 7 })).toBeNull();
    expect(word('closed', { status: 'won', livemode: true })).toBeNull();
  });
});

describe('refund events', () => {
  it.each(['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'])(
    '%s tells what became of the refund',
    (type) => {
      expect(read(type, refundObject())).toMatchObject({
        about: 'refund',
        amountMinor: 500n,
        outcome: { kind: 'succeeded', what: 'refunded', amountMinor: 500n },
        target: {
          reference: null,
          pspReference: 'pi_demo1',
          refundReference: operationReference,
          refundPspReference: 're_demo1',
        },
      });
    },
  );

  it('of the merchant’s dashboard carry no reference of ours', () => {
    expect(read('refund.created', refundObject({ metadata: {} }))?.target).toMatchObject({
      reference: null,
      refundReference: null,
      refundPspReference: 're_demo1',
    });
  });
});

describe('payout events', () => {
  it('tell what became of the payout', () => {
    const paid = payoutObject({ status: 'paid' });
    expect(read('payout.paid', paid)).toMatchObject({
      about: 'payout',
      outcome: { kind: 'succeeded', what: 'paid_out', amountMinor: 5000n },
      target: { reference, pspReference: 'po_demo1' },
    });
    expect(read('payout.reconciliation_completed', paid)?.outcome).toBeNull();
  });
});

describe('a body that is not an event of Stripe’s', () => {
  it.each([
    '',
    '[]',
    'null',
    '{"object":"event"}',
    '{"type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent"}}}',
    '{"object":"list","type":"payment_intent.succeeded","data":{"object":{"object":"refund"}}}',
    '{"object":"event","type":7,"data":{"object":{"object":"refund"}}}',
  ])('%s is not read', (text) => {
    expect(readWebhook({ headers: {}, query: {}, rawBody: Buffer.from(text) })).toBeNull();
  });
});

describe('an event that nothing here follows from', () => {
  it.each([
    ['customer.created', { object: 'customer', id: 'cus_1' }],
    ['payment_intent.created', intent()],
    ['charge.succeeded', { object: 'charge', id: 'ch_1', payment_intent: 'pi_demo1' }],
    ['payment_intent.succeeded', { object: 'constructor' }],
    ['payment_intent.succeeded', []],
  ])('%s is Stripe’s, but about nothing', (type, object) => {
    const target = {
      reference: null,
      pspReference: null,
      paymentId: null,
      refundReference: null,
      refundPspReference: null,
    };
    expect(read(type, object)).toEqual({
      eventId: 'evt_demo1',
      eventType: type,
      target,
      about: null,
      outcome: null,
      amountMinor: null,
    });
  });

  it('may be a thin event of the API’s second version', () => {
    const text = '{"object":"v2.core.event","id":"evt_1","type":"v1.billing.meter.x"}';
    const message = readWebhook({ headers: {}, query: {}, rawBody: Buffer.from(text) });
    expect(message).toMatchObject({ eventId: 'evt_1', about: null, outcome: null });
  });
});

describe('what a webhook names', () => {
  it('is nothing that a database could not look up', () => {
    const metadata = { reference: 'a\u0000b', payment_id: 'x'.repeat(300) };
    const message = read('payment_intent.succeeded', paidIntent({ metadata, id: 'pi_\u0000' }));
    expect(message?.target).toMatchObject({ reference: null, paymentId: null, pspReference: null });
  });
});
