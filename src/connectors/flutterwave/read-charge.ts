// Reads the answer to a direct charge, to a saved card or to an OTP: a transaction, a next step, or both, of which either
// may be missing (psp/flutterwave.md section 2.2).
import { type CustomerAction, type Outcome, unknown } from '../../domain/attempt/outcome.ts';
import { textOf } from '../json.ts';
import { refused, refusedByStatus } from './declines.ts';
import { actionOf, authorizationIn, keptAction, promptOn } from './next-step.ts';
import type { Answer } from './reply.ts';
import { type Expected, factsOf, isStranger, readTransaction } from './transaction.ts';

/** What was asked for, as far as the answer is read by it. */
export interface Asked {
  /** The phone that a prompt goes to. */
  readonly digits: string | null;
  /** A pending charge without a next step means a prompt on the phone. */
  readonly prompts: boolean;
  readonly endsAtMs: number;
}

export function readCharge(answer: Answer, expected: Expected, asked: Asked): Outcome {
  if (answer.kind === 'bare') return refusedByStatus(answer.httpStatus);
  if (answer.kind !== 'reply') return answer;
  const { reply } = answer;
  if (!reply.accepted) return refused(reply, 'payer');
  const { data } = reply;
  const status = textOf(data.status);
  const authorization = authorizationIn(reply);
  const isOpen = status === null || status.includes('pending');
  if (!isOpen) return readTransaction(data, expected);
  if (authorization === null) {
    if (status === null) return unknown('reply without a transaction and without a next step');
    return asked.prompts
      ? waitsFor(promptOn(asked.digits), reply.data, expected)
      : readTransaction(data, expected);
  }
  const action = actionOf(authorization, asked.endsAtMs);
  if (action === null) return unknown(`next step ${textOf(authorization.mode)}`);
  if (action === 'stuck') {
    const message = 'Flutterwave asks for what only its own page can take';
    return { ...factsOf(data, expected), kind: 'pending', message };
  }
  const told = action.type === 'wait' && asked.digits ? promptOn(asked.digits) : action;
  return waitsFor(told, data, expected);
}

function waitsFor(
  action: CustomerAction,
  data: Parameters<typeof factsOf>[0],
  expected: Expected,
): Outcome {
  if (isStranger(data, expected)) return unknown('the reply is about another reference');
  const { feeMinor: _fee, feeCurrency: _of, ...facts } = factsOf(data, expected);
  const pspState = { ...facts.pspState, action: keptAction(action) };
  return { ...facts, pspState, kind: 'requires_action', action };
}
