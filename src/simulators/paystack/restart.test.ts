import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { charge, startPaystack } from './testing.ts';

const dir = mkdtempSync(join(tmpdir(), 'paystack-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('a restarted simulator', () => {
  it('knows its charges, its open pages and phones, and does what was due', async () => {
    const before = startPaystack(dir);
    const pay = charge('page', {});
    const page = await before.post('/transaction/initialize', pay);
    const momo = { mobile_money: { phone: '0551234987', provider: 'mtn' } };
    await before.post('/charge', charge('phone', momo, 'GHS'));
    const late = {
      authorization_code: 'AUTH_success',
      metadata: { simulate: 'late_success:9000' },
    };
    await before.post('/charge', charge('late', late));
    await before.post('/charge', charge('done', { authorization_code: 'AUTH_success' }));
    const refund = await before.post('/refund', { transaction: 'done', amount: 100 });
    // No close: as after kill -9.

    const after = startPaystack(dir);
    const duplicate = await after.post('/transaction/initialize', pay);
    expect(duplicate.field('code')).toBe('duplicate_reference');
    await after.press(page.field('data.authorization_url'), 'success');
    await after.press('http://x/simulators/phone/0551234987', 'success');
    await after.advance(10_000);
    for (const reference of ['page', 'phone', 'late', 'done'])
      expect(after.money(reference)).toMatchObject({ counts: { charged: 1 } });
    const id = refund.field('data.id');
    expect((await after.get(`/refund/${id}`)).field('data.status')).toBe('processed');
    const next = await after.post('/refund', { transaction: 'done', amount: 100 });
    expect(next.field('data.id')).toBe(String(Number(id) + 1));
    await Promise.all([before.close(), after.close()]);
  });
});

describe('the journal', () => {
  it('has one line per call, so that a crash leaves all of it or nothing', async () => {
    const bench = startPaystack(join(dir, 'lines'));
    await bench.post('/charge', charge('r1', { authorization_code: 'AUTH_success' }));
    const lines = readFileSync(join(dir, 'lines', 'paystack.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(1);
    await bench.close();
  });
});
