// The oracle: what a simulator's own books say of one merchant. Nothing in the suite is believed against them.
import { expect } from 'vitest';
import type { Outcome } from '../../src/domain/attempt/outcome.ts';
import type { BooksReport } from '../../src/simulators/control.ts';
import type { Psps } from './psps.ts';

export interface Sums {
  readonly charged: bigint;
  readonly authorized: bigint;
  readonly refunded: bigint;
  readonly paidOut: bigint;
  /** How many charges: two under one reference are a double charge. */
  readonly charges: number;
  readonly payouts: number;
  readonly refunds: number;
}

const NOTHING: Sums = {
  charged: 0n,
  authorized: 0n,
  refunded: 0n,
  paidOut: 0n,
  charges: 0,
  payouts: 0,
  refunds: 0,
};

export class Books {
  readonly #psps: Psps;
  readonly #provider: string;
  readonly key: string;
  /** Every name that something of ours may have in the books. */
  readonly names: (reference: string) => readonly string[];

  constructor(
    psps: Psps,
    provider: string,
    key: string,
    names: (reference: string) => readonly string[] = () => [],
  ) {
    this.#psps = psps;
    this.#provider = provider;
    this.key = key;
    this.names = (reference) => [reference, ...names(reference)];
  }

  report(): BooksReport {
    return this.#psps.simulators.books(this.#provider, this.key);
  }

  totals(): BooksReport['totals'] {
    return this.report().totals;
  }

  references(): readonly string[] {
    return this.report().references.map(({ reference }) => reference);
  }

  /** Of one charge, with its captures and refunds; or of one payout. */
  of(reference: string): Sums & { readonly currency: string | null } {
    const names = this.names(reference);
    const rows = this.report().references.filter((row) => names.includes(row.reference));
    expect(rows.length, 'one reference moved money in two currencies').toBeLessThanOrEqual(1);
    const [row] = rows;
    if (!row) return { ...NOTHING, currency: null };
    return {
      currency: row.currency,
      charged: BigInt(row.charged),
      authorized: BigInt(row.authorized),
      refunded: BigInt(row.refunded),
      paidOut: BigInt(row.paid_out),
      charges: row.counts.charged,
      payouts: row.counts.paid_out,
      refunds: row.counts.refunded,
    };
  }

  /** Holds what is said about an attempt against what the books hold of it. */
  check(reference: string, outcome: Outcome): void {
    const booked = this.of(reference);
    expect(booked.charges, 'charges under one reference').toBeLessThanOrEqual(1);
    switch (outcome.kind) {
      case 'succeeded':
        checkSuccess(booked, outcome);
        return;
      case 'declined':
      case 'not_sent':
        expect(booked, `${outcome.kind}, but the books hold money`).toMatchObject({
          charged: 0n,
          authorized: 0n,
        });
        return;
      case 'requires_action':
      case 'pending':
        expect(booked.charged, `${outcome.kind}, but charged`).toBe(0n);
        return;
      case 'unknown':
        if (outcome.notFound) expect(booked.charged, 'not found, but charged').toBe(0n);
    }
  }
}

function checkSuccess(
  { currency, charged, authorized, refunded }: Sums & { readonly currency: string | null },
  outcome: Outcome & { readonly kind: 'succeeded' },
): void {
  const { what, amountMinor } = outcome;
  if (what === 'voided') {
    expect({ charged, authorized }).toEqual({ charged: 0n, authorized: 0n });
    return;
  }
  expect(outcome.currency).toBe(currency);
  if (what === 'captured') expect(charged, 'captured').toBe(amountMinor);
  if (what === 'authorized')
    expect({ charged, authorized }).toEqual({ charged: 0n, authorized: amountMinor });
  if (what === 'refunded') expect(refunded, 'given back whole').toBe(charged);
}
