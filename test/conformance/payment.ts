// What a host remembers of an attempt, an operation or a payout between two calls, and nothing more: the suite may not
// help a connector with knowledge that Switchyard itself would not have.
import type {
  AttemptRef,
  ChargeInput,
  OperationInput,
  PayoutInput,
} from '../../src/connectors/contract.ts';
import type { Outcome } from '../../src/domain/attempt/outcome.ts';
import type { Money } from '../../src/kernel/money.ts';

class Memory {
  readonly createdAtMs: number;
  pspReference: string | null = null;
  pspState: Readonly<Record<string, string>> = {};
  /** The last word of any call. */
  last: Outcome | null = null;
  /** The last word that says something. */
  belief: Outcome | null = null;

  constructor(createdAtMs: number) {
    this.createdAtMs = createdAtMs;
  }

  learn(outcome: Outcome): Outcome {
    this.pspReference = outcome.pspReference ?? this.pspReference;
    this.pspState = { ...this.pspState, ...outcome.pspState };
    this.last = outcome;
    if (outcome.kind !== 'unknown') this.belief = outcome;
    return outcome;
  }
}

export class Payment extends Memory {
  readonly input: ChargeInput;
  readonly refunds: Deed[] = [];
  /** Where the customer was sent, when it was a page. */
  page: string | null = null;
  token: string | null = null;

  constructor(input: ChargeInput, createdAtMs: number) {
    super(createdAtMs);
    this.input = input;
  }

  override learn(outcome: Outcome): Outcome {
    if (outcome.kind === 'requires_action') {
      const { action } = outcome;
      if (action.type === 'redirect') this.page = action.url;
      if (action.type === 'qr') this.page = action.imageUrl;
    }
    this.token = outcome.clientToken ?? this.token;
    return super.learn(outcome);
  }

  get reference(): string {
    return this.input.reference;
  }

  get operation(): 'charge' | 'authorize' {
    return this.input.captureMethod === 'manual' ? 'authorize' : 'charge';
  }

  ref(): AttemptRef {
    const { reference, amount, captureMethod, method } = this.input;
    const { pspReference, pspState, createdAtMs } = this;
    return { reference, pspReference, pspState, amount, captureMethod, method, createdAtMs };
  }
}

export type DeedKind = 'capture' | 'void' | 'refund';

/** A capture, void or refund. */
export class Deed extends Memory {
  readonly kind: DeedKind;
  readonly payment: Payment;
  readonly reference: string;
  readonly amount: Money;
  readonly reason: string | null;

  constructor(
    kind: DeedKind,
    payment: Payment,
    reference: string,
    amount: Money,
    reason: string | null,
    createdAtMs: number,
  ) {
    super(createdAtMs);
    this.kind = kind;
    this.payment = payment;
    this.reference = reference;
    this.amount = amount;
    this.reason = reason;
  }

  input(): OperationInput {
    const { reference, amount, reason, pspReference, pspState, createdAtMs, payment } = this;
    const siblings = payment.refunds
      .filter((one) => one !== this && this.kind === 'refund')
      .map((one) => ({ amountMinor: one.amount.amountMinor, pspReference: one.pspReference }));
    const attempt = payment.ref();
    const named = { pspReference, pspState };
    return { attempt, reference, amount, reason, ...named, createdAtMs, siblings };
  }
}

export class Payout extends Memory {
  readonly #input: PayoutInput;

  constructor(input: PayoutInput) {
    super(input.createdAtMs);
    this.#input = input;
  }

  get reference(): string {
    return this.#input.reference;
  }

  get amount(): Money {
    return this.#input.amount;
  }

  input(): PayoutInput {
    const { pspReference, pspState } = this;
    return { ...this.#input, pspReference, pspState };
  }
}
