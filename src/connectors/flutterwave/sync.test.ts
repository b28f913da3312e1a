import { describe, expect, it } from 'vitest';
import type { AttemptRef } from '../contract.ts';
import {
  directAttempt,
  NOW_MS,
  notFound,
  ok,
  page,
  pageAttempt,
  reply,
  scripted,
  transaction,
} from './fixture.ts';
import { flutterwave } from './index.ts';

const failed = (id: number) =>
  transaction({ id, status: 'failed', processor_response: 'Insufficient Funds' });

const list = (...rows: unknown[]) => reply(200, ok(rows, { meta: page }));

async function ask(attempt: AttemptRef, ...script: Parameters<typeof scripted>) {
  const { call, sent } = scripted(...script);
  return { outcome: await flutterwave.sync(attempt, call), paths: sent.map(({ path }) => path) };
}

describe('a question about a payment', () => {
  it('counts `amount`, not what the payer was charged with fees', async () => {
    const { outcome } = await ask(directAttempt, reply(200, ok(transaction())));
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      what: 'captured',
      amountMinor: 15_050n,
      currency: 'GHS',
      feeMinor: 350n,
      pspReference: '7000001',
    });
  });

  it('takes amounts and ids as text', async () => {
    const data = transaction({ id: '7000001', amount: '150.50' });
    const { outcome } = await ask(directAttempt, reply(200, ok(data)));
    expect(outcome).toMatchObject({ amountMinor: 15_050n, pspReference: '7000001' });
  });

  it('finds the one transaction among several that paid', async () => {
    const { outcome, paths } = await ask(
      pageAttempt,
      reply(200, ok(failed(7_000_003))),
      list(failed(7_000_003), transaction({ id: '7000002' }), failed(7_000_001)),
    );
    expect(paths[1]).toMatch(/^\/transactions\?from=2026-01-04&to=2026-01-06&tx_ref=/);
    expect(outcome).toMatchObject({ kind: 'succeeded', pspReference: '7000002' });
  });

  it('counts what was paid twice, by two transactions of one reference', async () => {
    const [first, second] = ['7000001', '7000002'].map((id) => transaction({ id }));
    const known = { ...directAttempt, pspState: { transaction_id: '7000001' } };
    const told = { ...directAttempt, pspState: {}, hints: { transaction_id: '7000001' } };
    for (const attempt of [known, told]) {
      const twice = [reply(200, ok(second)), list(second, first, first, failed(3))] as const;
      expect((await ask(attempt, ...twice)).outcome).toMatchObject({ amountMinor: 30_100n });
      const once = [reply(200, ok(second)), list(second, failed(7_000_001))] as const;
      expect((await ask(attempt, ...once)).outcome).toMatchObject({ amountMinor: 15_050n });
      const silent = [reply(200, ok(second)), reply(502, '')] as const;
      expect((await ask(attempt, ...silent)).outcome).toMatchObject({ amountMinor: 15_050n });
    }
  });

  it('leaves a page open after a failed try', async () => {
    const { outcome } = await ask(pageAttempt, reply(200, ok(failed(1))), list(failed(1)));
    expect(outcome).toMatchObject({ kind: 'requires_action', action: { type: 'redirect' } });
  });

  it('knows that a page is used up', async () => {
    const rows = [failed(3), failed(2), failed(1)];
    const { outcome } = await ask(pageAttempt, reply(200, ok(failed(3))), list(...rows));
    expect(outcome).toMatchObject({ kind: 'declined', decline: { code: 'insufficient_funds' } });
  });

  it('does not refuse while the list is not complete', async () => {
    const many = { page_info: { total: 90, current_page: 1, total_pages: 9 } };
    const rows = reply(200, ok([failed(1)], { meta: many }));
    const { outcome } = await ask(pageAttempt, reply(200, ok(failed(1))), rows, rows, rows);
    expect(outcome.kind).toBe('unknown');
  });

  it('believes no list of other references', async () => {
    const other = transaction({ tx_ref: 'other' });
    const { outcome } = await ask(directAttempt, reply(200, ok(failed(1))), list(other));
    expect(outcome.kind).toBe('declined');
  });

  it('keeps a page that nobody has opened, until it has expired', async () => {
    const { outcome } = await ask(pageAttempt, reply(400, notFound));
    expect(outcome).toMatchObject({ kind: 'requires_action' });
    const ended = { ...pageAttempt.pspState, link_ends_ms: String(NOW_MS - 3_600_000) };
    const late = await ask({ ...pageAttempt, pspState: ended }, reply(400, notFound));
    expect(late.outcome).toMatchObject({ kind: 'declined', decline: { code: 'payer_timeout' } });
  });

  it('that finds nothing is no refusal', async () => {
    const { outcome } = await ask({ ...directAttempt, pspState: {} }, reply(400, notFound));
    expect(outcome).toMatchObject({ kind: 'unknown', notFound: true });
  });
});
