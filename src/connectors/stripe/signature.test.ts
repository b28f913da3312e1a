import fc from 'fast-check';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { verifyWebhook } from './signature.ts';

// psp/stripe.md section 4, our own vector.
const secret = 'whsec_example';
const sentAtS = 1_767_225_600;
const body =
  '{"id":"evt_demo1","object":"event","type":"payment_intent.succeeded","data":{"object":' +
  '{"id":"pi_demo1","object":"payment_intent","amount":1099,"currency":"usd","status":"succeeded"}}}';
const v1 = '2ae20ab419fff8dc04ac337f914453f0e7641f05f8aaa1275961e4193b83b34e';

interface Changes {
  readonly header?: string | null;
  readonly body?: string | Buffer;
  readonly lateS?: number;
  readonly credentials?: Record<string, string>;
}

function verify({ header = `t=${sentAtS},v1=${v1}`, lateS = 0, ...changes }: Changes = {}) {
  const headers: Record<string, string> = header === null ? {} : { 'stripe-signature': header };
  const rawBody = Buffer.from(changes.body ?? body);
  const credentials = { stripe_webhook_secret: secret, ...changes.credentials };
  return verifyWebhook(
    { headers, query: {}, rawBody },
    credentials,
    (sentAtS + lateS) * 1000 + 999,
  );
}

const sign = (payload: string, key = secret, timestamp = sentAtS) =>
  new Stripe('sk_test_demo').webhooks.generateTestHeaderString({ payload, secret: key, timestamp });

describe('a signature', () => {
  it('is verified', () => {
    expect(verify()).toBe('verified');
    expect(sign(body)).toBe(`t=${sentAtS},v1=${v1}`);
  });

  it.each([-300, 300])('is verified %d seconds away', (lateS) => {
    expect(verify({ lateS })).toBe('verified');
  });

  it.each([
    ['a space more in the body', { body: `${body} ` }],
    ['400 seconds later', { lateS: 400 }],
    ['301 seconds later', { lateS: 301 }],
    ['301 seconds ahead', { lateS: -301 }],
    ['v0 only', { header: `t=${sentAtS},v0=${v1}` }],
    ['another secret', { credentials: { stripe_webhook_secret: 'whsec_other' } }],
    ['no time', { header: `v1=${v1}` }],
    ['two times', { header: `t=${sentAtS},t=${sentAtS},v1=${v1}` }],
    ['no header', { header: null }],
    ['an empty header', { header: '' }],
    ['half a signature', { header: `t=${sentAtS},v1=${v1.slice(0, 32)}` }],
    ['a time that is none', { header: `t=1e9,v1=${v1}` }],
    ['an endless header', { header: `t=${sentAtS},v1=${v1}${','.repeat(5000)}` }],
  ])('is forged with %s', (_, changes: Changes) => {
    expect(verify(changes)).toBe('forged');
  });

  it('may stand among others, in any case of the header’s name', () => {
    const header = `t=${sentAtS}, v1=${'0'.repeat(64)}, v0=${v1}, v1=${v1.toUpperCase()}`;
    expect(verify({ header })).toBe('verified');
    const headers = { 'Stripe-Signature': header };
    const message = { headers, query: {}, rawBody: Buffer.from(body) };
    const credentials = { stripe_webhook_secret: secret };
    expect(verifyWebhook(message, credentials, sentAtS * 1000)).toBe('verified');
  });

  it('may be of the old or the new secret during rotation', () => {
    const credentials = { stripe_webhook_secret: `whsec_new, ${secret}` };
    expect(verify({ credentials })).toBe('verified');
  });

  it('cannot be checked without a secret', () => {
    expect(verify({ credentials: { stripe_webhook_secret: '' } })).toBe('unsigned');
    const message = { headers: {}, query: {}, rawBody: Buffer.from(body) };
    expect(verifyWebhook(message, {}, sentAtS * 1000)).toBe('unsigned');
  });

  it('of the SDK is verified for any body, and of any other body is not', () => {
    const time = fc.integer({ min: sentAtS - 300, max: sentAtS + 300 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), time, fc.string(), (payload, at, more) => {
        const header = sign(payload, secret, at);
        expect(verify({ body: payload, header })).toBe('verified');
        if (more !== '') expect(verify({ body: payload + more, header })).toBe('forged');
      }),
    );
  });

  it('is over bytes, not over text', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const header = sign(bytes.toString('utf8'));
    expect(verify({ body: bytes, header })).toBe('forged');
  });

  it('never throws on a hostile header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        expect(verify({ header: `${header},t=${sentAtS}` })).toBe('forged');
      }),
    );
  });
});

describe('a signed event of somewhere else is only a hint', () => {
  const verifyEvent = (event: object, credentials: Record<string, string>) => {
    const payload = JSON.stringify({ object: 'event', ...event });
    return verify({ body: payload, header: sign(payload), credentials });
  };

  it.each([
    ['a test event at a live connection', { livemode: false }, { secret_key: 'sk_live_1' }],
    ['a live event at a sandbox connection', { livemode: true }, { secret_key: 'rk_test_1' }],
    ['another connected account', { account: 'acct_2' }, { account_id: 'acct_1' }],
    ['any connected account', { account: 'acct_2' }, {}],
  ])('%s', (_, event, credentials) => {
    expect(verifyEvent(event, credentials)).toBe('unsigned');
  });

  it.each([
    ['a live event at a live connection', { livemode: true }, { secret_key: 'sk_live_1' }],
    ['our connected account', { account: 'acct_1' }, { account_id: 'acct_1' }],
  ])('but not %s', (_, event, credentials) => {
    expect(verifyEvent(event, credentials)).toBe('verified');
  });
});
