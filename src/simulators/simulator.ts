// What a simulator is, and what the frame gives it. A simulator answers as its PSP is documented to: paths, auth,
// units, status words, error bodies, signatures. It imports nothing of the connectors that it tests.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Ports } from '../kernel/ports.ts';
import type { Books } from './books.ts';
import type { Fault, Probe } from './faults.ts';
import type { PhonePrompts } from './phone.ts';
import type { Schedule } from './schedule.ts';
import type { WebhookSender } from './webhooks.ts';

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the frame gives to every simulator. */
export interface Parts {
  /** `http://127.0.0.1:8081/simulators/paystack`, without a slash at the end. For links to the simulator's pages. */
  baseUrl(): string;
  readonly ports: Ports;
  readonly books: Books;
  readonly schedule: Schedule;
  readonly webhooks: WebhookSender;
  readonly phone: PhonePrompts;
  /** The faults that hit this request and are the simulator's to carry out: `decline`, `late_success`, `dispute`. */
  faultsOf(request: FastifyRequest): readonly Fault[];
  readonly log: Log;
}

/** What a person does with a payment page or a phone prompt. */
export type PayerOutcome = 'success' | 'failure' | 'cancel';

/** Money that moved at the PSP, in ISO 4217 minor units, for the books' report. */
export interface Movement {
  readonly key: string;
  /** `authorized`: held now; what was captured or released is held no longer. */
  readonly kind: 'charged' | 'authorized' | 'refunded' | 'paid_out';
  /** The merchant's reference of the charge (of a refund: of the charge that it belongs to) or of the payout. */
  readonly reference: string;
  /** `metadata.payment_id`, when the merchant sent it: joins the attempts of one payment. */
  readonly paymentId: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Why the frame itself refuses; the simulator says it in its PSP's words. */
export type RefusalKind = 'bad_body' | 'not_found' | 'internal' | 'rate_limited' | 'unavailable';

export interface Simulator {
  /** Registers the PSP's routes; the prefix and the body parsers (JSON, form by qs) are there already. */
  routes(app: FastifyInstance): void;
  /** Describes a request to the fault rules, before its handler. Must take any input. */
  probe(request: FastifyRequest): Probe;
  /** Faults that the request itself asks for by a magic value, besides those of the rules. */
  magic?(probe: Probe): readonly Fault[];
  refusal(kind: RefusalKind, message: string): PspError;
  /** True when the handler itself says `unavailable` (a fault of `faultsOf` then), as a final refusal of its kind. */
  answersUnavailable?(probe: Probe): boolean;
  /** All money that moved, of one key or (null) of all. */
  movements(key: string | null): Movement[];
  /** The payer's answer to a prompt that the simulator asked through `parts.phone`. */
  answerPrompt?(key: string, subject: string, outcome: PayerOutcome): void;
}

export type SimulatorFactory = (parts: Parts) => Simulator;

/** A reply other than 200, thrown from anywhere in a handler. */
export class PspError extends Error {
  readonly status: number;
  readonly body: object | string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    body: object | string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(`replies ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}
