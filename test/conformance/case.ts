// One case of the suite: a behaviour that every connector has to show, and the rows of the matrix that it proves.
import { expect } from 'vitest';
import type { DeclineCode } from '../../src/domain/attempt/decline.ts';
import type { CustomerAction, Outcome } from '../../src/domain/attempt/outcome.ts';
import type { Money } from '../../src/kernel/money.ts';
import type { Merchant } from './merchant.ts';
import type { Payment } from './payment.ts';
import type { Proof } from './rows.ts';
import type { Subject } from './subject.ts';

export interface Case {
  readonly name: string;
  readonly proves?: readonly Proof[];
  run(merchant: Merchant): Promise<void>;
}

/** The cases of one noun for one connector; a noun that the PSP has not has none. */
export type Cases = (subject: Subject) => Case[];

type Success = (Outcome & { kind: 'succeeded' })['what'];

export function expectMoney(outcome: Outcome | null, what: Success, amount: Money): void {
  const { amountMinor, currency } = amount;
  expect(outcome).toMatchObject({ kind: 'succeeded', what, amountMinor, currency });
}

/** Taken, or held where it was only to be authorised. */
export function expectPaid(payment: Payment): void {
  const what = payment.operation === 'authorize' ? 'authorized' : 'captured';
  expectMoney(payment.last, what, payment.input.amount);
}

export function expectDeclined(outcome: Outcome | null, code?: DeclineCode): void {
  expect(outcome).toMatchObject({ kind: 'declined', decline: code === undefined ? {} : { code } });
}

export function expectAction(outcome: Outcome | null, type: CustomerAction['type']): void {
  expect(outcome).toMatchObject({ kind: 'requires_action', action: { type } });
}

export function expectUnknown(outcome: Outcome | null): void {
  expect(outcome).toMatchObject({ kind: 'unknown' });
}

/** The customer may still pay: nothing is decided. */
export function expectOpen(outcome: Outcome | null): void {
  expect(['requires_action', 'pending']).toContain(outcome?.kind);
}

export function isOpen(outcome: Outcome | null): boolean {
  return outcome?.kind === 'requires_action' || outcome?.kind === 'pending';
}
