import { describe, expect, it } from 'vitest';
import { REFERENCE, refundInput, transaction } from './fixture.ts';
import { flutterwave } from './index.ts';

const HASH = 'my-secret-hash';

function message(body: unknown, headers: Record<string, string> = { 'verif-hash': HASH }) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { headers, query: {}, rawBody: Buffer.from(text) };
}

const read = (body: unknown) => flutterwave.readWebhook(message(body));

const charge = {
  event: 'charge.completed',
  data: transaction(),
  meta_data: { payment_id: 'pay_1' },
  'event.type': 'CARD_TRANSACTION',
};

describe('the token', () => {
  it('is taken literally', () => {
    const verify = (hash: string | undefined) =>
      flutterwave.verifyWebhook(
        message(charge, hash === undefined ? {} : { 'verif-hash': hash }),
        { secret_hash: HASH },
        0,
      );
    expect(verify(HASH)).toBe('verified');
    for (const hash of [undefined, '', ` ${HASH}`, HASH.toUpperCase(), `${HASH}x`])
      expect(verify(hash)).toBe('forged');
  });

  it('proves nothing where none is configured', () => {
    expect(flutterwave.verifyWebhook(message(charge, { 'verif-hash': '' }), {}, 0)).toBe(
      'unsigned',
    );
  });

  it('is not bound to the body: another amount still verifies, and is not believed', () => {
    const changed = message({ ...charge, data: transaction({ amount: 1_000_000 }) });
    expect(flutterwave.verifyWebhook(changed, { secret_hash: HASH }, 0)).toBe('verified');
    expect(flutterwave.readWebhook(changed)?.outcome).toBeNull();
  });
});

describe('a webhook', () => {
  it('of a charge names our reference and the transaction', () => {
    expect(read(charge)).toMatchObject({
      about: 'charge',
      outcome: null,
      eventId: 'charge:7000001:successful',
      target: { reference: REFERENCE, pspReference: '7000001', paymentId: 'pay_1' },
    });
  });

  it('of the legacy shape is the same', () => {
    const legacy = { id: 7_000_001, txRef: REFERENCE, amount: 300, status: 'successful' };
    for (const body of [legacy, { ...legacy, 'event.type': 'CARD_TRANSACTION' }])
      expect(read(body)).toMatchObject({
        about: 'charge',
        target: { reference: REFERENCE, pspReference: '7000001' },
      });
  });

  it('of a transfer is found by its reference, in either shape', () => {
    const data = { id: 600_001, reference: 'abc', status: 'SUCCESSFUL' };
    const about = { about: 'payout', target: { reference: 'abc', pspReference: '600001' } };
    expect(read({ event: 'transfer.completed', 'event.type': 'Transfer', data })).toMatchObject(
      about,
    );
    expect(read({ 'event.type': 'Transfer', transfer: data })).toMatchObject(about);
    expect(read({ transfer: data })).toMatchObject(about);
  });

  it('of a refund names the transaction, and ours by its comments', () => {
    const refund = {
      id: 9001,
      AmountRefunded: 50,
      status: 'completed',
      TransactionId: 7_000_001,
      comments: `switchyard ${refundInput.reference} size`,
    };
    for (const body of [refund, { ...refund, 'event.type': 'Refund' }])
      expect(read(body)).toMatchObject({
        about: 'refund',
        target: {
          reference: null,
          pspReference: '7000001',
          refundReference: refundInput.reference,
          refundPspReference: '9001',
        },
      });
  });

  it.each(['{}', '[]', 'null', '', '{"data":1}', '{"event":7}'])('%s is nobody’s', (body) => {
    expect(read(body)).toBeNull();
  });

  it('of another kind is kept, and about nothing', () => {
    expect(read({ event: 'subscription.cancelled', data: {} })).toMatchObject({ about: null });
  });
});
