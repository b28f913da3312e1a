// From what a script returned to what it means (connxt.md 7.6, 9.6, 11.5). A script says how it went; whether a refusal
// is certain is the transport's to say, and whose money moved is never a script's guess.
import type { DeclineCode } from '../../domain/attempt/decline.ts';
import { declined, type Outcome, type PspFacts, unknown } from '../../domain/attempt/outcome.ts';
import { parseDecimal } from '../../kernel/money.ts';
import type { Json, ScriptAction, ScriptOutcome, ScriptStep, StepResult } from './contract.ts';
import { pageOf, withState } from './state.ts';
import type { VersionSettings } from './version.ts';

export interface Reading {
  readonly step: ScriptStep;
  readonly action: ScriptAction;
  readonly settings: VersionSettings;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly refusalIsCertain: boolean;
  /** The message's signature was checked, or we asked. */
  readonly verified: boolean;
  readonly pspState: Readonly<Record<string, string>>;
}

/** The outcome of connxt.md 11.5: the explicit one, or what the result means without. Null: nothing. */
export function wordOf(result: StepResult, reading: Reading): ScriptOutcome | null {
  if (result.outcome !== undefined) return result.outcome;
  const { step, action, settings } = reading;
  if (step === 'sync') return null;
  if (result.__type === 'failure') return step === 'webhook' ? 'FAILED' : 'REJECTED';
  if (step === 'redirect') return 'ACCEPTED';
  if (step === 'webhook') return 'SUCCEEDED';
  if (pageIn(result) !== null || hasNavigation(result)) return 'PENDING';
  if (action === 'DEPOSIT') return settings.capabilities.direct ? 'SUCCEEDED' : 'ACCEPTED';
  const status = member(result.data, 'status');
  const done = result.pspTxnId !== undefined || status === 'SUCCESS' || status === 'success';
  return done ? 'SUCCEEDED' : 'ACCEPTED';
}

/** What the core is told. `word`: as `wordOf` has it. */
export function outcomeOf(
  result: StepResult,
  word: ScriptOutcome | null,
  reading: Reading,
): Outcome {
  // Where `redirect` leads is the merchant's page: it says nothing of how to pay.
  const page = reading.step === 'redirect' ? null : pageIn(result);
  const facts: PspFacts = {
    ...(result.pspTxnId === undefined ? {} : { pspReference: result.pspTxnId }),
    pspState: withState(result.state, page),
  };
  switch (word) {
    case 'SUCCEEDED':
      return succeeded(result, facts, reading);
    case 'FAILED':
    case 'REJECTED':
      return refused(result, facts, reading);
    case 'ACCEPTED':
    case 'PENDING': {
      if (page !== null)
        return { ...facts, kind: 'requires_action', action: { type: 'redirect', url: page } };
      if (reading.step === 'initiate' && hasNavigation(result))
        return {
          ...facts,
          kind: 'requires_action',
          action: { type: 'wait', message: 'The payer acts' },
        };
      const sent = pageOf(reading.pspState);
      // Still at the page: what waits for the payer goes on waiting for the payer.
      if (word === 'PENDING' && sent !== null)
        return { ...facts, kind: 'requires_action', action: { type: 'redirect', url: sent } };
      return { ...facts, kind: 'pending', message: word };
    }
    case null:
      return { ...facts, ...unknown('the script named no outcome') };
  }
}

function succeeded(result: StepResult, facts: PspFacts, reading: Reading): Outcome {
  const { action, amountMinor, currency } = reading;
  const stated = result.currency ?? currency;
  const paid = result.amount === undefined ? amountMinor : amountIn(result.amount, stated);
  if (paid === null || paid < 0n)
    return { ...facts, ...unknown('the script named an amount that is none') };
  const what = action === 'DEPOSIT' ? 'captured' : action === 'REFUND' ? 'refunded' : 'paid_out';
  return { ...facts, kind: 'succeeded', what, amountMinor: paid, currency: stated };
}

/** Null also for a currency that does not exist. */
function amountIn(text: string, currency: string): bigint | null {
  try {
    return parseDecimal(text, currency);
  } catch {
    return null;
  }
}

function refused(result: StepResult, facts: PspFacts, reading: Reading): Outcome {
  const message = result.__type === 'failure' ? result.message : 'Refused by the PSP';
  if (reading.step === 'initiate' && !reading.refusalIsCertain)
    return { ...facts, ...unknown(message) };
  const code = result.errorCode ?? null;
  return declined(codeOf(code, reading.settings), message, code, facts);
}

const CODES: Readonly<Record<string, DeclineCode>> = {
  declined: 'generic_decline',
  insufficient_funds: 'insufficient_funds',
  limit_exceeded: 'limit_exceeded',
  expired: 'payer_timeout',
  cancelled_by_payer: 'user_cancelled',
  invalid_request: 'invalid_request',
  invalid_account: 'invalid_account',
  duplicate: 'invalid_request',
  authentication: 'auth_failed',
  configuration: 'merchant_config',
  rate_limited: 'rate_limited',
  psp_unavailable: 'provider_unavailable',
};

function codeOf(pspCode: string | null, { errors }: VersionSettings): DeclineCode {
  const named = pspCode !== null && Object.hasOwn(errors, pspCode) ? errors[pspCode] : undefined;
  return CODES[named ?? ''] ?? 'generic_decline';
}

/** The address that the payer is to be sent to; null: none. */
export function pageIn(result: StepResult): string | null {
  if (result.__type === 'failure') return null;
  const navigation = navigationOf(result.data);
  if (navigation === null) return result.__type === 'redirect' ? result.url : null;
  const { type, contentType, value } = navigation;
  const leads = (type === 'redirect' || type === 'iframe') && contentType === 'url';
  return leads && typeof value === 'string' ? value : null;
}

function hasNavigation(result: StepResult): boolean {
  if (result.__type === 'failure') return false;
  if (result.__type === 'redirect') return true;
  const navigation = navigationOf(result.data);
  return navigation !== null && navigation.type !== 'none';
}

function navigationOf(data: Json): { readonly [name: string]: Json } | null {
  const navigation = member(data, 'navigation');
  return typeof navigation === 'object' && navigation !== null && !Array.isArray(navigation)
    ? (navigation as { readonly [name: string]: Json })
    : null;
}

function member(data: Json, name: string): Json | undefined {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as { readonly [name: string]: Json })[name]
    : undefined;
}
