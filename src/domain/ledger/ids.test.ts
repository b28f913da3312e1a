import { describe, expect, it } from 'vitest';
import {
  connectorRef,
  decodeConnector,
  decodeObject,
  decodePayment,
  encodeConnector,
  encodeInitiationAdjustment,
  encodeObject,
  encodePayment,
  encodePaymentAdjustment,
  findConnector,
} from './ids.ts';

const CONNECTOR = { provider: 'dummypay', reference: '00000000-0000-4000-8000-000000000001' };
const encoded = (json: string) => Buffer.from(json).toString('base64url');

describe('ids of the Formance API', () => {
  it('are those of the published vectors', () => {
    expect(encodeConnector(CONNECTOR)).toBe(
      'eyJQcm92aWRlciI6ImR1bW15cGF5IiwiUmVmZXJlbmNlIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxIn0',
    );
    expect(encodeObject({ connector: CONNECTOR, reference: 'acc_1' })).toBe(
      'eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6ImR1bW15cGF5IiwiUmVmZXJlbmNlIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxIn0sIlJlZmVyZW5jZSI6ImFjY18xIn0',
    );
    expect(encodePayment({ connector: CONNECTOR, reference: 'pay_001', type: 'PAY-IN' })).toBe(
      'eyJDb25uZWN0b3JJRCI6eyJQcm92aWRlciI6ImR1bW15cGF5IiwiUmVmZXJlbmNlIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxIn0sIlJlZmVyZW5jZSI6InBheV8wMDEiLCJUeXBlIjoiUEFZLUlOIn0',
    );
  });

  it('spell adjustments with their members in order', () => {
    const payment = { connector: CONNECTOR, reference: 'p', type: 'PAY-IN' };
    const at = { createdAt: '2023-11-07T05:31:56Z', status: 'SUCCEEDED' };
    const id = encodePaymentAdjustment(payment, { ...at, reference: 'p' });
    expect(Buffer.from(id, 'base64url').toString()).toBe(
      `{"CreatedAt":"2023-11-07T05:31:56Z","PaymentID":{"ConnectorID":{"Provider":"dummypay","Reference":"${CONNECTOR.reference}"},"Reference":"p","Type":"PAY-IN"},"Reference":"p","Status":"SUCCEEDED"}`,
    );
    const initiation = encodeInitiationAdjustment(payment, at);
    expect(Buffer.from(initiation, 'base64url').toString()).toBe(
      `{"CreatedAt":"2023-11-07T05:31:56Z","PaymentInitiationID":{"ConnectorID":{"Provider":"dummypay","Reference":"${CONNECTOR.reference}"},"Reference":"p"},"Status":"SUCCEEDED"}`,
    );
  });

  it('come back as they went in, in every script', () => {
    const payment = { connector: CONNECTOR, reference: 'café/<é> "漢字" 😀', type: 'PAYOUT' };
    expect(decodePayment(encodePayment(payment))).toEqual(payment);
    expect(decodeObject(encodeObject(payment))).toEqual({
      connector: CONNECTOR,
      reference: payment.reference,
    });
  });

  it('decode with an old upper-case provider and with members that are not known', () => {
    const id = encoded(`{"Provider":"DUMMY-PAY","Reference":"${CONNECTOR.reference}","More":1}`);
    expect(decodeConnector(id)).toEqual({ ...CONNECTOR, provider: 'DUMMY-PAY' });
  });

  it.each([
    ['padding', `${encodeConnector(CONNECTOR)}=`],
    ['an empty object', encoded('{}')],
    ['an array', encoded('[]')],
    ['null', encoded('null')],
    ['no JSON', encoded('{"Provider":')],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')],
    ['a reference that is no UUID', encoded('{"Provider":"stripe","Reference":"x"}')],
    ['nothing', ''],
    ['other characters', 'none such!'],
  ])('refuse %s', (_, id) => {
    expect(decodeConnector(id)).toBeNull();
    expect(decodeObject(id)).toBeNull();
    expect(decodePayment(id)).toBeNull();
  });

  it('refuse a reference with control characters', () => {
    expect(decodeObject(encodeObject({ connector: CONNECTOR, reference: 'a\u0007b' }))).toBeNull();
  });
});

describe('the reference of a connection', () => {
  const own = { id: 'con_019aa5f3b2c47d1e8f00112233445566', provider: 'stripe' };
  const chosen = { id: 'my-stripe', provider: 'stripe' };

  it('is made of the digits of our own ids', () => {
    expect(connectorRef(own).reference).toBe('019aa5f3-b2c4-7d1e-8f00-112233445566');
  });

  it('is a UUID that never changes for an id that a merchant chose', () => {
    expect(connectorRef(chosen).reference).toBe('5bba6911-3442-80f6-8b26-a6a7a0368c78');
  });

  it('finds the connection again, whatever provider the id names', () => {
    const ref = { ...connectorRef(chosen), provider: 'STRIPE' };
    expect(findConnector([own, chosen], ref)).toBe(chosen);
    expect(findConnector([own], ref)).toBeNull();
  });
});
