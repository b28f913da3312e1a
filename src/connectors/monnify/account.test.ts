import { describe, expect, it } from 'vitest';
import { holder, ok, payoutInput, refusal, reply, scripted } from './fixture.ts';
import { monnify } from './index.ts';

describe('the balance', () => {
  it.each([150000.5, '150000.50'])('of the wallet is read from %j', async (availableBalance) => {
    const { call, sent } = scripted([reply(200, ok({ availableBalance }))]);
    expect(await monnify.balances!(call)).toEqual({
      kind: 'told',
      value: [{ amountMinor: 15_000_050n, currency: 'NGN' }],
    });
    expect(sent[0]?.path).toContain('accountNumber=9000000001');
  });

  it.each([
    [reply(404, refusal('99', 'Could not find wallet')), 'refused'],
    [reply(429, ''), 'unreachable'],
    [reply(500, ''), 'unreachable'],
    [reply(200, ok({ availableBalance: 'much' })), 'unreachable'],
  ])('is not told by %j', async (answer, kind) => {
    expect((await monnify.balances!(scripted([answer]).call)).kind).toBe(kind);
  });
});

describe('whose account it is', () => {
  it('is told of bank accounts, and not asked of wallets', async () => {
    const { call } = scripted([reply(200, holder)]);
    expect(await monnify.resolveAccount!(payoutInput.beneficiary!, call)).toEqual({
      kind: 'told',
      value: { accountName: 'TUNDE A BELLO', accountNumber: '0000000001' },
    });
    const wallet = { ...payoutInput.beneficiary!, type: 'mobile_money' } as const;
    expect((await monnify.resolveAccount!(wallet, call)).kind).toBe('refused');
  });
});
