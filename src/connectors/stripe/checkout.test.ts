import { describe, expect, it } from 'vitest';
import { expiresAtS, plausibleEmail, readSession, sessionForm, withSessionId } from './checkout.ts';
import { chargeInput, createdAtMs, session } from './fixtures.ts';

const MINUTE_MS = 60_000;

describe('the return URL', () => {
  it.each([
    ['https://a.example/r', 'https://a.example/r?sid={CHECKOUT_SESSION_ID}'],
    ['https://a.example/r?x=1', 'https://a.example/r?x=1&sid={CHECKOUT_SESSION_ID}'],
    ['https://a.example/r?', 'https://a.example/r?sid={CHECKOUT_SESSION_ID}'],
    ['https://a.example/r?x=1&', 'https://a.example/r?x=1&sid={CHECKOUT_SESSION_ID}'],
    ['https://a.example/r#a#b', 'https://a.example/r?sid={CHECKOUT_SESSION_ID}#a#b'],
    ['https://a.example/r?x=1#/p?q', 'https://a.example/r?x=1&sid={CHECKOUT_SESSION_ID}#/p?q'],
  ])('%s gets the session id as %s', (url, expected) => {
    expect(withSessionId(url)).toBe(expected);
  });
});

describe('the customer’s address', () => {
  it.each(['ama@shop.example', 'a.b+c@x-y.co.uk'])('%s is sent', (email) => {
    expect(plausibleEmail(email)).toBe(email);
  });

  it.each([null, '', 'x', 'a@b', 'a@@b.co', 'a..b@c.de', 'a.@c.de', 'é@c.de', ' a@b.de'])(
    '%j is not',
    (email) => {
      expect(plausibleEmail(email)).toBeUndefined();
    },
  );
});

describe('the expiry', () => {
  const at = (minutes: number) =>
    expiresAtS(chargeInput({ expiresAtMs: createdAtMs + minutes * MINUTE_MS }));
  const seconds = (minutes: number) => (createdAtMs + minutes * MINUTE_MS) / 1000;

  it('is our payment’s, as the attempt’s reference tells when it began', () => {
    expect(at(60)).toBe(seconds(60));
    expect(at(23 * 60)).toBe(seconds(23 * 60));
  });

  it('is never nearer than Stripe allows, with time left for a late sending', () => {
    expect(at(10)).toBe(seconds(35));
  });

  it('is left to Stripe when the payment lives a day or longer', () => {
    expect(at(24 * 60)).toBeUndefined();
    expect(at(30 * 24 * 60)).toBeUndefined();
  });

  it('is left to Stripe when the reference tells no time', () => {
    expect(expiresAtS(chargeInput({ reference: 'a'.repeat(32) }))).toBeUndefined();
    expect(at(-5)).toBeUndefined();
  });
});

describe('the form', () => {
  it('has a name for the line when there is no description', () => {
    const lines = (description: string | null) =>
      JSON.stringify(sessionForm(chargeInput({ description }), 1n), (_, value) =>
        typeof value === 'bigint' ? Number(value) : value,
      );
    expect(lines(null)).toContain('"product_data":{"name":"Payment"}');
    expect(lines('  ')).toContain('"product_data":{"name":"Payment"}');
    expect(lines('Two goats')).toContain('"product_data":{"name":"Two goats"}');
  });
});

describe('the meaning of a session', () => {
  it('is a page to open, even after a failed try', () => {
    const reading = readSession(session({ payment_intent: 'pi_demo1' }), {});
    expect(reading).toMatchObject({
      kind: 'open',
      intent: 'pi_demo1',
      outcome: {
        kind: 'requires_action',
        action: { type: 'redirect', url: 'https://checkout.stripe.com/c/pay/cs_test_demo1#fid' },
        pspReference: 'pi_demo1',
        pspState: { session: 'cs_test_demo1', intent: 'pi_demo1' },
      },
    });
  });

  it('is over when expired', () => {
    expect(readSession(session({ status: 'expired', url: null }), {})).toMatchObject({
      kind: 'told',
      outcome: { kind: 'declined', decline: { code: 'payer_timeout', pspCode: 'expired' } },
    });
  });

  it('is its intent when complete', () => {
    const complete = session({ status: 'complete', payment_intent: { id: 'pi_demo1' } });
    expect(readSession(complete, {})).toEqual({
      kind: 'complete',
      intent: 'pi_demo1',
      state: { session: 'cs_test_demo1', intent: 'pi_demo1' },
    });
  });

  it.each([{ status: 'odd' }, { status: 'complete' }, { url: 'javascript:1' }, { url: null }])(
    'is unknown with %j',
    (changes) => {
      const reading = readSession(session(changes), {});
      expect(reading.kind !== 'complete' && reading.outcome.kind).toBe('unknown');
    },
  );
});
