import { describe, expect, it } from 'vitest';
import { Books } from './books.ts';
import { Faults, faultMs, type Probe, parseSimulate } from './faults.ts';

const names = (text: string, provider = 'paystack') =>
  parseSimulate(text, provider).map(({ operation, name, argument }) =>
    [operation, name, argument].join(' '),
  );

const probe: Probe = {
  key: 'k1',
  operation: 'charge',
  method: 'POST',
  path: '/charge',
  amount: '500',
  reference: 'r1',
  simulate: null,
};

const start = () => new Faults('paystack', new Books(null));

describe('metadata.simulate', () => {
  it.each([
    ['decline:do_not_honor', ['charge decline do_not_honor']],
    ['stripe=reply_lost', []],
    [
      'paystack=decline:fraud, stripe=decline , webhook_lost',
      ['charge decline fraud', 'charge webhook_lost '],
    ],
    ['refund.error_500_after', ['refund error_500_after ']],
    ['paystack=refund.late_success:9', ['refund late_success 9']],
    ['drop table;decline, ,,=:', []],
    ['unheard_of', []],
  ])('%j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('hits a transport fault once per operation and reference, a decline each time', () => {
    const faults = start();
    const hits = (changes: Partial<Probe>) =>
      faults.ofRequest({ ...probe, simulate: 'reply_lost,decline', ...changes }).length;
    expect([hits({}), hits({}), hits({ reference: 'r2' }), hits({ key: 'k2' })]).toEqual([
      2, 1, 2, 2,
    ]);
    expect(hits({ operation: 'refund' })).toBe(0);
    expect(hits({ operation: 'authorize' })).toBe(2);
  });
});

describe('fault rules', () => {
  it('match by key, method, path, amount, reference and operation', () => {
    const faults = start();
    const match = {
      method: 'post',
      path: '/cha',
      amount: 500,
      reference: 'r1',
      operation: 'charge',
    };
    faults.add({ key: 'k1', match, fault: 'reply_lost' });
    expect(faults.ofRequest(probe)).toEqual([{ name: 'reply_lost', argument: null }]);
    for (const other of [
      { key: 'k2' },
      { method: 'GET' },
      { path: '/refund' },
      { amount: '501' },
      { reference: 'r2' },
      { operation: 'refund' } as const,
    ])
      expect(faults.ofRequest({ ...probe, ...other })).toEqual([]);
  });

  it('of webhooks are not used up by requests, of money not by reads', () => {
    const faults = start();
    faults.add({ fault: 'webhook_lost', times: 1 });
    faults.add({ fault: 'decline', code: 'fraud', times: 1 });
    expect(faults.ofRequest({ ...probe, operation: 'sync' })).toEqual([]);
    expect(faults.ofWebhook(probe)).toEqual([{ name: 'webhook_lost', argument: null }]);
    expect(faults.ofRequest(probe)).toEqual([{ name: 'decline', argument: 'fraud' }]);
    expect(faults.list()).toEqual([]);
  });

  it('bound how long a request hangs', () => {
    expect(faultMs({ name: 'latency', argument: '999999999' }, 1)).toBe(600_000);
    expect(faultMs({ name: 'latency', argument: 'long' }, 7)).toBe(7);
  });
});
