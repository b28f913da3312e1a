import { describe, expect, it } from 'vitest';
import type { ScriptAction, ScriptStep, StepResult } from './contract.ts';
import { outcomeOf, pageIn, type Reading, wordOf } from './outcome.ts';

const settings = {
  capabilities: { direct: false },
  errors: { '1.01': 'insufficient_funds', '7': 'configuration' },
} as unknown as Reading['settings'];

function reading(
  step: ScriptStep,
  action: ScriptAction = 'DEPOSIT',
  more: Partial<Reading> = {},
): Reading {
  return {
    step,
    action,
    settings,
    amountMinor: 1200n,
    currency: 'USD',
    refusalIsCertain: true,
    verified: true,
    pspState: {},
    ...more,
  };
}

const read = (result: StepResult, at: Reading) => outcomeOf(result, wordOf(result, at), at);
const success = (data: StepResult extends { data: infer D } ? D : never = {} as never, more = {}) =>
  ({ __type: 'success', data, ...more }) as StepResult;
const failure = (more = {}) =>
  ({ __type: 'failure', message: 'no', status: 400, ...more }) as StepResult;
const page = {
  navigation: { type: 'redirect', contentType: 'url', value: 'https://pay.example/1' },
} as never;

describe('a result without an outcome', () => {
  it.each([
    ['initiate', 'DEPOSIT', success(page), 'PENDING'],
    ['initiate', 'DEPOSIT', success(), 'ACCEPTED'], // the word "success" proves nothing for a deposit
    ['initiate', 'DEPOSIT', success({ status: 'success' } as never), 'ACCEPTED'],
    ['initiate', 'WITHDRAW', success({ status: 'success' } as never), 'SUCCEEDED'],
    ['initiate', 'WITHDRAW', success({} as never, { pspTxnId: 'x' }), 'SUCCEEDED'],
    ['initiate', 'REFUND', success({ status: 'queued' } as never), 'ACCEPTED'],
    ['initiate', 'DEPOSIT', failure(), 'REJECTED'],
    ['redirect', 'DEPOSIT', success(), 'ACCEPTED'],
    ['redirect', 'DEPOSIT', failure(), 'REJECTED'],
    ['webhook', 'DEPOSIT', success(), 'SUCCEEDED'],
    ['webhook', 'DEPOSIT', failure(), 'FAILED'],
    ['sync', 'DEPOSIT', success(), null],
  ] as const)('of %s of a %s is %s: %s', (step, action, result, word) => {
    expect(wordOf(result as StepResult, reading(step, action))).toBe(word);
  });

  it('of a direct deposit is paid', () => {
    const direct = { ...settings, capabilities: { direct: true } } as Reading['settings'];
    expect(wordOf(success(), reading('initiate', 'DEPOSIT', { settings: direct }))).toBe(
      'SUCCEEDED',
    );
  });
});

describe('a success', () => {
  it.each([
    ['DEPOSIT', 'captured'],
    ['WITHDRAW', 'paid_out'],
    ['REFUND', 'refunded'],
  ] as const)('of a %s has %s its own amount, unless it says another', (action, what) => {
    const at = reading('sync', action);
    const plain = read(success({} as never, { outcome: 'SUCCEEDED' }), at);
    expect(plain).toMatchObject({ kind: 'succeeded', what, amountMinor: 1200n, currency: 'USD' });
    const other = success({} as never, { outcome: 'SUCCEEDED', amount: '11.5', currency: 'EUR' });
    expect(read(other, at)).toMatchObject({ amountMinor: 1150n, currency: 'EUR' });
  });

  it.each(['', 'twelve', '12.345', '-1', '1e3'])('of amount %j is none', (amount) => {
    const at = reading('sync');
    expect(read(success({} as never, { outcome: 'SUCCEEDED', amount }), at).kind).toBe('unknown');
  });

  it('in a currency that does not exist is none', () => {
    const result = success({} as never, { outcome: 'SUCCEEDED', amount: '1', currency: 'ZZZ' });
    expect(read(result, reading('sync')).kind).toBe('unknown');
  });
});

describe('a refusal', () => {
  it('of initiate is believed only when it is certain', () => {
    expect(read(failure(), reading('initiate')).kind).toBe('declined');
    const doubt = reading('initiate', 'DEPOSIT', { refusalIsCertain: false });
    expect(read(failure(), doubt)).toMatchObject({ kind: 'unknown', reason: 'no' });
    expect(read(failure({ outcome: 'FAILED' }), doubt).kind).toBe('unknown');
  });

  it.each([
    ['1.01', 'insufficient_funds'],
    ['7', 'merchant_config'],
    ['unheard', 'generic_decline'],
    ['constructor', 'generic_decline'],
    [undefined, 'generic_decline'],
  ])('with the code %s is %s', (errorCode, code) => {
    const result = failure(errorCode === undefined ? {} : { errorCode });
    expect(read(result, reading('initiate'))).toMatchObject({
      kind: 'declined',
      decline: { code, pspCode: errorCode ?? null, message: 'no' },
    });
  });
});

describe('what is open', () => {
  it('waits for the payer at the page, and goes on waiting when asking tells nothing', () => {
    const first = read(success(page, { state: { id: 'é🎉' } }), reading('initiate'));
    expect(first).toMatchObject({
      kind: 'requires_action',
      action: { type: 'redirect', url: 'https://pay.example/1' },
    });
    const { pspState = {} } = first;
    const asked = read(
      success({} as never, { outcome: 'PENDING' }),
      reading('sync', 'DEPOSIT', { pspState }),
    );
    expect(asked).toMatchObject({ kind: 'requires_action' });
    const accepted = read(
      success({} as never, { outcome: 'ACCEPTED' }),
      reading('sync', 'DEPOSIT', { pspState }),
    );
    expect(accepted).toMatchObject({ kind: 'pending', message: 'ACCEPTED' });
  });

  it('is a redirect by either form', () => {
    const redirect = { __type: 'redirect', url: 'https://pay.example/2', data: {} } as StepResult;
    expect(pageIn(redirect)).toBe('https://pay.example/2');
    expect(wordOf(redirect, reading('initiate'))).toBe('PENDING');
    expect(pageIn(success(page))).toBe('https://pay.example/1');
    const nowhere = success({ navigation: { type: 'none' } } as never);
    expect(wordOf(nowhere, reading('initiate'))).toBe('ACCEPTED');
    expect(
      pageIn(
        success({ navigation: { type: 'redirect', contentType: 'html', value: '<p>' } } as never),
      ),
    ).toBeNull();
  });
});
