// What connector-contract.md section 6 asks of every script connector, whatever its PSP: C-1, C-5 and C-12 to C-15.
// C-16 asks nothing here: a script has one tier, and the connectors of the other tier have a contract of their own
// (docs/decisions/0016-one-sdk-for-real-connectors.md).
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Played } from '../../../src/connectors/script/rehearsal.ts';
import { money, toDecimalText } from '../../../src/kernel/money.ts';
import { CREDENTIALS, type Deal, openTheatre, pageOf, type Theatre } from './theatre.ts';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await openTheatre();
});
afterAll(() => theatre.close());

/** A whole deposit: every step once. */
async function play(one: Deal): Promise<Played[]> {
  const started = await one.initiate();
  const query = await one.press(pageOf(started), 'success');
  return [started, await one.hear(), await one.back(query), await one.sync()];
}

const resultOf = ({ run }: Played) => (run!.end.kind === 'returned' ? run!.end.result : null);

describe.each(Object.keys(CREDENTIALS))('%s', (key) => {
  it('C-1: has schemas that compile, hosts to call, and every step that it declares', async () => {
    const { connector, scripts } = theatre.script(key);
    const ajv = formats.default(new Ajv({ strict: true, strictRequired: false }));
    expect(ajv.validate(connector.credentialSchema, CREDENTIALS[key])).toBe(true);
    expect(ajv.validate(connector.credentialSchema, {})).toBe(false);
    expect(connector.egress.length).toBeGreaterThan(0);
    for (const { script, steps } of Object.values(connector.actions)) {
      const text = scripts[script]!;
      const check = await theatre.pool.check({ text, language: 'javascript', steps });
      expect(check).toMatchObject({ ok: true, exports: expect.arrayContaining(steps) });
      if (!check.ok) return;
      expect(check.hosts.filter((host) => !connector.egress.includes(host))).toEqual([]);
    }
  });

  it.each([
    ['rate_limit', ['declined']],
    ['unavailable', ['declined']],
    ['error_500_before', ['unknown']],
    ['error_500_after', ['unknown']],
    ['html_502', ['unknown']],
    ['reset_before', ['unknown']],
    ['reply_lost', ['unknown']],
    ['truncated_json', ['pending']],
    ['empty_body', ['pending']],
  ])('C-5: a create that meets %s is %s, without an exception', async (fault, kinds) => {
    const one = await theatre.deal(key);
    const match = { operation: 'charge' };
    theatre.psps.simulators.addFault(key, { fault, match, times: 1 });
    const played = await one.initiate();
    expect(kinds).toContain(played.outcome!.kind);
    expect(played.run!.end.kind).toBe('returned');
    expect(played.run!.usage.httpCalls).toBe(1);
    theatre.psps.simulators.clearFaults();
  });

  it('C-5: a create that nobody takes was not sent', async () => {
    const one = await theatre.deal(key, { line: 'dead' });
    expect((await one.initiate()).outcome!.kind).toBe('not_sent');
  });

  it('C-12: takes as little as an order, and as much as everything', async () => {
    const little = { customer: null, customAttributes: null, language: null };
    const much = {
      customer: {
        id: '客'.repeat(60),
        firstName: 'Zoë 🦄',
        lastName: "O'Brien & <Söhne>",
        email: 'zoe@example.com',
        dob: '1990-01-01',
        phone: { phoneNumber: '(0)123 456', countryCode: '+44' },
        address: { line1: 'Ünter=Weg & 1', city: '東京', state: '', zipCode: '1', country: 'jp' },
      },
      language: 'de',
      customAttributes: { additionalParameters: { a: 'b', c: 1 }, deep: [[[]]] },
    };
    for (const body of [little, much])
      expect((await (await theatre.deal(key, { body })).initiate()).outcome!.kind).toBe(
        'requires_action',
      );
  });

  it.each([
    [1n, 'USD'],
    [99_999_999_999n, 'USD'],
    [1200n, 'JPY'],
    [1500n, 'KWD'],
  ])('C-12: %s minor units of %s keep their value on the wire', async (amount, currency) => {
    const one = await theatre.deal(key, { amount, currency });
    const { outcome, run } = await one.initiate();
    const sent = run!.meta.http[0]?.request.data ?? '';
    const text = toDecimalText(money(amount, currency));
    const wire =
      key === 'sticpay' ? `order_amount=${Number(text).toFixed(2)}&` : `"amount":${text},`;
    expect(sent).toContain(wire);
    expect(outcome!.kind).toBe('requires_action');
  });

  it('C-13: tells its credentials to nobody', async () => {
    const credentials = { ...CREDENTIALS[key]!, apiKey: 'k-S3cret+/=value?&9' };
    const played = await play(await theatre.deal(key, { credentials }));
    const told = JSON.stringify(played, (_, one) => (typeof one === 'bigint' ? String(one) : one));
    const { apiKey } = credentials;
    const forms = [apiKey, encodeURIComponent(apiKey), btoa(apiKey), JSON.stringify(apiKey)];
    for (const form of forms) expect(told).not.toContain(form.replaceAll('"', ''));
  });

  it('C-14: gives the same again from its journal, byte for byte', async () => {
    const { scripts } = theatre.script(key);
    const played = await play(await theatre.deal(key));
    for (const { run } of played) {
      const source = scripts['connector.js']!;
      const again = await theatre.pool.replay(run!.journal, source, CREDENTIALS[key]!);
      expect(JSON.stringify(again.end)).toBe(JSON.stringify(run!.end));
    }
  });

  it('C-15: needs few milliseconds and few calls', async () => {
    const spent: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const played = await play(await theatre.deal(key));
      for (const { run } of played) spent.push(run!.usage.cpuMs);
      const calls = played.reduce((sum, { run }) => sum + run!.usage.httpCalls, 0);
      expect(calls).toBeLessThanOrEqual(5);
    }
    const median = spent.sort((a, b) => a - b)[spent.length >> 1]!;
    expect(median).toBeLessThanOrEqual(20); // 10, with the margin that a busy machine needs
  });

  it('keeps nothing between two runs', async () => {
    const [one, two] = [await theatre.deal(key), await theatre.deal(key)];
    const [first, second] = [resultOf(await one.initiate()), resultOf(await two.initiate())];
    expect(JSON.stringify(second)).not.toContain(one.txnId);
    expect(JSON.stringify(first)).not.toContain(two.txnId);
  });
});
