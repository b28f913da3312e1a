import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { REFERENCE, refundInput } from './fixture.ts';
import { paystack } from './index.ts';

const message = (body: string | object, headers: Record<string, string> = {}) => ({
  headers,
  query: {},
  rawBody: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const read = (body: string | object) => paystack.readWebhook(message(body));
const verify = (body: string, signature: string, key = 'sk_test_example') =>
  paystack.verifyWebhook(
    message(body, { 'x-paystack-signature': signature }),
    { secret_key: key },
    0,
  );

describe('the signature', () => {
  const body =
    '{"event":"charge.success","data":{"id":9000000001,"domain":"test","status":"success","reference":"0190f0c2d1e87b3aa1.1","amount":20000,"currency":"GHS"}}';
  const signature =
    '81de44a7301c3257e237da77e4672d90c3b169d57349cc5898d1b4c71d473633e9a9edfa1a28fadbd1c418af9ace5de9cd79716f40e8c1cacc7740fad2baab03';

  it('is HMAC-SHA512 of the raw body (vector of psp/paystack.md section 4)', () => {
    expect(Buffer.byteLength(body)).toBe(153);
    expect(verify(body, signature)).toBe('verified');
  });

  it('passes the vector of api/reevit.md section 14', () => {
    const expected =
      'f519630fca75a1fc5d62fd2547858feccd17a564fcc45c8e209b66cf1d7711b7ceec3e299961e6ae4b5c5f130dcacbe0fdb552bd2f9e9d9ecc06cc783681faa0';
    expect(verify('{"foo":"bar"}', expected, 'secret')).toBe('verified');
  });

  it.each([
    ['a space added', `${body} `, signature, 'sk_test_example'],
    ['an empty header', body, '', 'sk_test_example'],
    [
      'the digest of the empty body',
      body,
      createHmac('sha512', 'sk_test_example').digest('hex'),
      'sk_test_example',
    ],
    [
      'an empty body under its own digest',
      '',
      createHmac('sha512', 'sk_test_example').digest('hex'),
      'sk_test_example',
    ],
    ['another key', body, signature, 'sk_test_other'],
    ['an empty key', body, createHmac('sha512', '').update(body).digest('hex'), ''],
    ['half a digest', body, signature.slice(0, 64), 'sk_test_example'],
    ['no hexadecimal', body, 'é'.repeat(128), 'sk_test_example'],
  ])('is refused with %s', (_, text, given, key) => {
    expect(verify(text, given, key)).toBe('forged');
  });

  it('is refused when it is missing', () => {
    expect(paystack.verifyWebhook(message(body), { secret_key: 'sk_test_example' }, 0)).toBe(
      'forged',
    );
  });
});

describe('charge.success', () => {
  const event = (data = {}) => ({
    event: 'charge.success',
    data: {
      id: 9000000001,
      domain: 'live',
      status: 'success',
      reference: REFERENCE,
      amount: 12000,
      requested_amount: 12000,
      currency: 'NGN',
      metadata: 0,
      fees: 180,
      ...data,
    },
  });

  it('says what was captured, under our reference', () => {
    expect(read(event())).toEqual({
      eventId: 'charge.success:9000000001:success',
      eventType: 'charge.success',
      target: {
        reference: REFERENCE,
        pspReference: null,
        paymentId: null,
        refundReference: null,
        refundPspReference: null,
      },
      about: 'charge',
      amountMinor: null,
      outcome: {
        kind: 'succeeded',
        what: 'captured',
        amountMinor: 12000n,
        currency: 'NGN',
        pspReference: REFERENCE,
        pspState: { transaction_id: '9000000001', status: 'success' },
        feeMinor: 180n,
        feeCurrency: 'NGN',
      },
    });
  });

  it.each([
    [{ payment_id: 'pay_1' }, 'pay_1'],
    ['{"payment_id":"pay_1"}', 'pay_1'],
    [{ payment_id: 7 }, null],
    [0, null],
    ['', null],
    [null, null],
    ['{', null],
    [[], null],
  ])('metadata %j names payment %s', (metadata, paymentId) => {
    expect(read(event({ metadata, fees: null }))?.target.paymentId).toBe(paymentId);
  });

  it('that cannot be read is only a reason to ask', () => {
    expect(read(event({ amount: null }))).toMatchObject({ about: 'charge', outcome: null });
    expect(read(event({ reference: null }))).toMatchObject({ outcome: null });
  });
});

describe('refund events', () => {
  const event = (name: string, data = {}) => ({
    event: `refund.${name}`,
    data: {
      status: name,
      transaction_reference: REFERENCE,
      refund_reference: null,
      amount: '2500',
      currency: 'NGN',
      domain: 'live',
      ...data,
    },
  });

  it.each([
    ['processed', { kind: 'succeeded', what: 'refunded', amountMinor: 2500n }],
    ['pending', { kind: 'pending' }],
    ['processing', { kind: 'pending' }],
    ['failed', { kind: 'declined' }],
    ['needs-attention', { kind: 'pending' }],
  ])('%s', (name, outcome) => {
    expect(read(event(name))).toMatchObject({
      eventType: `refund.${name}`,
      about: 'refund',
      target: { reference: REFERENCE },
      amountMinor: 2500n,
      outcome,
    });
  });

  it('two equal refunds without an id do not share an event id', () => {
    expect(read(event('processed'))?.eventId).toBeNull();
    expect(read(event('processed', { refund_reference: 'TRF_1' }))?.eventId).toBe(
      'refund.processed:TRF_1:processed',
    );
  });

  it('an id or our note names the refund', () => {
    const note = { id: '3000001', merchant_note: `switchyard ${refundInput.reference}` };
    expect(read(event('processed', note))).toMatchObject({
      eventId: 'refund.processed:3000001:processed',
      target: { refundPspReference: '3000001', refundReference: refundInput.reference },
    });
  });
});

describe('other events', () => {
  it.each([
    ['success', { kind: 'succeeded', what: 'paid_out', amountMinor: 150000n }],
    ['failed', { kind: 'declined' }],
    ['reversed', { kind: 'declined' }],
  ])('transfer.%s', (status, outcome) => {
    const data = {
      amount: 150000,
      currency: 'NGN',
      domain: 'test',
      failures: null,
      id: 8000001,
      reference: REFERENCE,
      status,
      transfer_code: 'TRF_demo1',
    };
    expect(read({ event: `transfer.${status}`, data })).toMatchObject({
      eventId: `transfer.${status}:8000001:${status}`,
      about: 'payout',
      target: { reference: REFERENCE, pspReference: 'TRF_demo1' },
      outcome,
    });
  });

  it('a dispute is reported with the transaction it is about', () => {
    const data = {
      id: 350001,
      status: 'awaiting-merchant-feedback',
      domain: 'live',
      transaction: {
        id: 9000000001,
        reference: REFERENCE,
        amount: 4200,
        metadata: '{"payment_id":"pay_1"}',
      },
      transaction_reference: null,
    };
    expect(read({ event: 'charge.dispute.create', data })).toMatchObject({
      eventId: 'charge.dispute.create:350001:awaiting-merchant-feedback',
      about: 'dispute',
      outcome: null,
      dispute: { id: '350001', status: 'DISPUTE' },
      target: { reference: REFERENCE, paymentId: 'pay_1' },
    });
    const resolved = { ...data, status: 'resolved', resolution: 'declined' };
    const told = read({ event: 'charge.dispute.resolve', data: resolved });
    expect(told?.dispute).toEqual({ id: '350001', status: 'DISPUTE_WON' });
    const unsaid = { ...data, status: 'resolved' };
    expect(read({ event: 'charge.dispute.resolve', data: unsaid })?.dispute).toBeNull();
  });

  const preauthorization = {
    id: 500001,
    domain: 'live',
    reference: REFERENCE,
    amount: 1000,
    currency: 'ZAR',
  };
  it.each([
    ['reserve.success', { status: 'authorized' }, { what: 'authorized', amountMinor: 1000n }],
    [
      'capture.success',
      { status: 'captured', captured_amount: '700' },
      { what: 'captured', amountMinor: 700n },
    ],
    ['release.success', { status: 'released' }, { what: 'voided' }],
    ['capture.failed', { status: 'capture_failed' }, null],
    ['release.failed', { status: 'release_failed' }, null],
  ])('preauthorization.%s', (name, data, outcome) => {
    const found = read({
      event: `preauthorization.${name}`,
      data: { ...preauthorization, ...data },
    });
    expect(found?.about).toBe('charge');
    if (outcome === null) expect(found?.outcome).toBeNull();
    else expect(found?.outcome).toMatchObject(outcome);
  });

  it('a rejected bank transfer leaves the payment as it is', () => {
    const data = {
      bank_transfer: {
        amount: '25000',
        message_type: 'INCORRECT_AMOUNT',
        transaction_id: '9000000002',
      },
    };
    expect(read({ event: 'bank.transfer.rejected', data })).toMatchObject({
      eventId: 'bank.transfer.rejected:9000000002:INCORRECT_AMOUNT',
      about: 'charge',
      outcome: null,
    });
  });

  it('events about things we do not keep are Paystack’s all the same', () => {
    expect(read({ event: 'subscription.create', data: { id: 1 } })).toMatchObject({
      about: null,
      outcome: null,
    });
  });

  it.each(['', '{', '[]', 'null', '{}', '{"event":1}', '{"data":{}}'])(
    '%j is not Paystack’s',
    (body) => {
      expect(read(body)).toBeNull();
    },
  );
});
