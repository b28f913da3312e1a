import { createPublicKey, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { type Message, publicKeyOf, reevitSignature, type Secrets, signerOf } from './sign.ts';

// reliability.md section 5.
const KNOWN = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestampS: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};

const signMessage = (secrets: Secrets, message: Message) => signerOf(secrets)(message);
const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const plain = (current: string) => ({ current, previous: null, ed25519: null });
const now = () => Math.floor(Date.now() / 1_000);
const headersOf = (id: string, timestampS: number, signature: string) => ({
  'webhook-id': id,
  'webhook-timestamp': String(timestampS),
  'webhook-signature': signature,
});

describe('a signature', () => {
  it('is that of the known-answer vector of Standard Webhooks', () => {
    expect(signMessage(plain(KNOWN.secret), KNOWN).standard).toBe(KNOWN.signature);
  });

  it("is that of Reevit's known-answer vector", () => {
    const body =
      '{"event":"payment.updated","org_id":"org_123","signature_timestamp":"2026-06-13T12:00:00Z","data":{"id":"pay_abc","status":"succeeded"}}';
    expect(reevitSignature('whsec_test_2x9aBcDeFgHiJkLmNoPqRsTuVwXyZ012', body)).toBe(
      'sha256=8fed6e24bd1c97ac5634ec88081a8299107706bf488290513bc3e5c5340e1950',
    );
  });

  it('verifies with the reference library', () => {
    const message = { id: 'evt_1', timestampS: now(), body: '{"type":"a","data":{}}' };
    const { standard } = signMessage(plain(secretOf(1)), message);
    const headers = headersOf(message.id, message.timestampS, standard);
    expect(new Webhook(secretOf(1)).verify(message.body, headers)).toEqual({ type: 'a', data: {} });
  });

  it('is made with both secrets while one replaces the other, and not with the old one afterwards', () => {
    const message = { id: 'evt_1', timestampS: now(), body: '{}' };
    const during = signMessage(
      { current: secretOf(2), previous: secretOf(1), ed25519: null },
      message,
    );
    const headers = headersOf(message.id, message.timestampS, during.standard);
    for (const fill of [1, 2]) new Webhook(secretOf(fill)).verify(message.body, headers);
    expect(during.reevit).toBe(reevitSignature(secretOf(2), '{}'));
    expect(during.reevitPrevious).toBe(reevitSignature(secretOf(1), '{}'));
    const after = signMessage(plain(secretOf(2)), message);
    const late = headersOf(message.id, message.timestampS, after.standard);
    expect(() => new Webhook(secretOf(1)).verify(message.body, late)).toThrow('signature');
    expect(after.reevitPrevious).toBeNull();
  });

  it('does not hold for another id, time, body or label', () => {
    const message = { id: 'evt_1', timestampS: now(), body: '{"a":1}' };
    const sign = (one = message) => signMessage(plain(secretOf(1)), one).standard;
    const webhook = new Webhook(secretOf(1));
    const refused = (headers: Record<string, string>, body = message.body) =>
      expect(() => webhook.verify(body, headers)).toThrow();
    refused(headersOf('evt_2', message.timestampS, sign()));
    for (const off of [-301, 301]) {
      const timestampS = now() + off;
      refused(headersOf('evt_1', timestampS, sign({ ...message, timestampS })));
    }
    refused(headersOf('evt_1', message.timestampS, sign()), '{"a": 1}');
    refused(headersOf('evt_1', message.timestampS, sign().replace('v1,', 'v1a,')));
  });

  it('can also be an Ed25519 one, which holds for its public key alone', () => {
    const [seed, other] = [7, 8].map((fill) => Buffer.alloc(32, fill).toString('base64'));
    const secrets = { current: secretOf(1), previous: null, ed25519: seed! };
    const message = { id: 'evt_1', timestampS: now(), body: '{}' };
    const [, signature = ''] = signMessage(secrets, message).standard.split(' v1a,');
    const text = Buffer.from(`evt_1.${message.timestampS}.{}`);
    const holds = (publicKey: string) =>
      verify(null, text, keyOf(publicKey), Buffer.from(signature, 'base64'));
    expect(holds(publicKeyOf(seed!))).toBe(true);
    expect(holds(publicKeyOf(other!))).toBe(false);
  });
});

/** `whpk_…` as a receiver reads it. */
function keyOf(text: string) {
  const x = Buffer.from(text.replace('whpk_', ''), 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
