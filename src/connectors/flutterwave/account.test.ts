import { describe, expect, it } from 'vitest';
import { ok, payoutInput, reply, scripted } from './fixture.ts';
import { flutterwave } from './index.ts';

const refusal = { status: 'error', message: 'Authorization required', data: null };

describe('balances', () => {
  it('are those that payouts may be paid from', async () => {
    const rows = [
      { currency: 'NGN', available_balance: 150000.5, ledger_balance: 152000.25 },
      { currency: 'UGX', available_balance: '1200' },
      { currency: 'SLL', available_balance: 7 },
    ];
    expect(await flutterwave.balances!(scripted(reply(200, ok(rows))).call)).toEqual({
      kind: 'told',
      value: [
        { amountMinor: 15_000_050n, currency: 'NGN' },
        { amountMinor: 1_200n, currency: 'UGX' },
      ],
    });
  });

  it.each([
    [reply(401, refusal), 'refused'],
    [reply(429, ''), 'unreachable'],
    [reply(500, ''), 'unreachable'],
    [reply(200, ok([{ currency: 'NGN', available_balance: 'much' }])), 'unreachable'],
    [reply(200, ok(null)), 'unreachable'],
  ])('%j tell none', async (answer, kind) => {
    expect((await flutterwave.balances!(scripted(answer).call)).kind).toBe(kind);
  });
});

describe('whose account it is', () => {
  it('is told of bank accounts', async () => {
    const data = { account_number: '0690000040', account_name: 'TUNDE BELLO' };
    const { call } = scripted(reply(200, ok(data)));
    expect(await flutterwave.resolveAccount!(payoutInput.beneficiary!, call)).toEqual({
      kind: 'told',
      value: { accountName: 'TUNDE BELLO', accountNumber: '0690000040' },
    });
  });

  it('is not asked of wallets', async () => {
    const { call, sent } = scripted();
    const wallet = { ...payoutInput.beneficiary!, type: 'mobile_money' } as const;
    expect((await flutterwave.resolveAccount!(wallet, call)).kind).toBe('refused');
    expect(sent).toEqual([]);
  });
});
