// What a merchant can do at a PSP by himself, in its dashboard or with a program of his own, and how the PSP's books name
// it: payments, refunds and payouts that Switchyard has not made and can only read of.
import type { Account } from './books.ts';
import type { Json } from './oracle.ts';

/** Where the PSP's history can be read (src/connectors: manifests). */
export const READABLE: ReadonlySet<string> = new Set([
  'stripe',
  'paystack',
  'flutterwave',
  'monnify',
]);

export interface Sale {
  readonly reference: string;
  /** Minor units, of a currency with two digits. */
  readonly minor: number;
  readonly currency: string;
  /** `metadata.simulate`. */
  readonly simulate: string;
}

/** A payment in the PSP's books. */
export interface Sold {
  /** As the PSP calls it. */
  readonly own: string;
  /** As the merchant's request called it. */
  readonly reference: string;
  readonly isOurs: boolean;
  readonly isPaid: boolean;
  readonly minor: number;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly json?: object;
  readonly form?: Readonly<Record<string, string>>;
}

/** A dispute in the PSP's books, and what it is in the ledger. */
export interface Disputed {
  readonly id: string;
  /** The PSP's name of the payment. */
  readonly of: string;
  readonly status: string;
}

interface Counter {
  sell(sale: Sale, account: Account): Call;
  /** The PSP's name of what was sold. */
  soldAs(reply: Json): unknown;
  giveBack(own: string, minor: number, name: string): Call;
  /** Null: not in one call. */
  payOut(name: string, minor: number, currency: string): Call | null;
  /** Null: the PSP has no such thing. */
  answerDispute(id: string, wins: boolean): Call | null;
  /** Of the books' objects. */
  sold(objects: Json): Sold[];
  disputes(objects: Json): Disputed[];
  /** A payout's name at the PSP. */
  paidOutAs(objects: Json, reference: string): string | null;
}

const EMAIL = 'kofi@example.com';
const WON = new Set(['won', 'declined']);
const LOST = new Set(['lost', 'accepted', 'merchant-accepted']);
const decidedAs = (is: string) => {
  if (WON.has(is)) return 'DISPUTE_WON';
  return LOST.has(is) ? 'DISPUTE_LOST' : 'DISPUTE';
};

const stripe: Counter = {
  sell: ({ minor, currency, simulate }) => ({
    path: '/v1/payment_intents',
    form: {
      amount: String(minor),
      currency: currency.toLowerCase(),
      payment_method: 'pm_card_visa',
      confirm: 'true',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
      ...(simulate === '' ? {} : { 'metadata[simulate]': simulate }),
    },
  }),
  soldAs: ({ id }) => id,
  giveBack: (own, minor) => ({
    path: '/v1/refunds',
    form: { payment_intent: own, amount: String(minor) },
  }),
  payOut: () => null,
  answerDispute: (id, wins) => ({
    path: `/v1/disputes/${id}`,
    form: {
      'evidence[uncategorized_text]': wins ? 'winning_evidence' : 'losing_evidence',
      submit: 'true',
    },
  }),
  sold: ({ payment_intents = [] }) =>
    payment_intents.map((one: Json) => ({
      own: one.id,
      reference: one.sim.reference,
      isOurs: one.sim.paymentId !== null,
      isPaid: one.status === 'succeeded',
      minor: one.amount_received,
    })),
  disputes: ({ disputes = [] }) =>
    disputes.map((one: Json) => ({
      id: one.id,
      of: one.payment_intent,
      status: decidedAs(one.status),
    })),
  paidOutAs: () => null,
};

const paystack: Counter = {
  sell: ({ reference, minor: amount, currency, simulate }) => ({
    path: '/transaction/charge_authorization',
    json: {
      email: EMAIL,
      amount,
      currency,
      reference,
      authorization_code: 'AUTH_success',
      metadata: { simulate },
    },
  }),
  soldAs: ({ data }) => data?.id,
  giveBack: (own, amount) => ({ path: '/refund', json: { transaction: own, amount } }),
  payOut: () => null,
  answerDispute: (id, wins) => ({
    method: 'PUT',
    path: `/dispute/${id}/resolve`,
    json: { resolution: wins ? 'declined' : 'merchant-accepted', message: 'as we see it' },
  }),
  sold: ({ transactions = [] }) =>
    transactions.map((one: Json) => ({
      own: String(one.id),
      reference: one.reference,
      isOurs: one.metadata?.payment_id !== undefined,
      isPaid: one.status === 'success',
      minor: one.amount,
    })),
  disputes: ({ disputes = [], transactions = [] }) =>
    disputes.map((one: Json) => ({
      id: String(one.id),
      of: String(transactions.find(({ reference }: Json) => reference === one.reference).id),
      status: decidedAs(one.resolution),
    })),
  paidOutAs: () => null,
};

const flutterwave: Counter = {
  sell: ({ reference: tx_ref, minor, currency, simulate }) => ({
    path: '/tokenized-charges',
    json: {
      token: 'flw-t1nf-success',
      email: EMAIL,
      amount: minor / 100,
      currency,
      tx_ref,
      meta: { simulate },
    },
  }),
  soldAs: ({ data }) => data?.id,
  giveBack: (own, minor) => ({
    path: `/transactions/${own}/refund`,
    json: { amount: minor / 100 },
  }),
  payOut: (reference, minor, currency) => ({
    path: '/transfers',
    json: {
      account_bank: '044',
      account_number: '0690000031',
      amount: minor / 100,
      currency,
      reference,
      narration: 'rent',
    },
  }),
  answerDispute: (id, wins) => ({
    method: 'PUT',
    path: `/chargebacks/${id}`,
    json: { action: wins ? 'decline' : 'accept', comment: 'as we see it' },
  }),
  sold: ({ transactions = [] }) =>
    transactions.map((one: Json) => ({
      own: String(one.id),
      reference: one.txRef,
      isOurs: one.meta?.payment_id !== undefined,
      isPaid: one.status === 'successful',
      minor: one.minor,
    })),
  // What was declined is before the bank, which then says that it is won.
  disputes: ({ chargebacks = [] }) =>
    chargebacks.map((one: Json) => ({
      id: String(one.id),
      of: String(one.transactionId),
      status: one.status === 'declined' ? 'DISPUTE' : decidedAs(one.status),
    })),
  paidOutAs: ({ transfers = [] }, reference) => {
    const found = transfers.find((one: Json) => one.reference === reference);
    return found ? String(found.id) : null;
  },
};

const monnify: Counter = {
  sell: ({ reference, minor, simulate }, { key }) => ({
    path: '/api/v1/merchant/cards/charge-card-token',
    json: {
      cardToken: 'MNFY_success',
      apiKey: key,
      amount: minor / 100,
      currencyCode: 'NGN',
      customerName: 'Kofi',
      customerEmail: EMAIL,
      paymentReference: reference,
      paymentDescription: 'by hand',
      contractCode: '4934121686',
      metaData: { simulate },
    },
  }),
  soldAs: ({ responseBody }) => responseBody?.transactionReference,
  giveBack: (own, minor, refundReference) => ({
    path: '/api/v1/refunds/initiate-refund',
    json: {
      transactionReference: own,
      refundReference,
      refundAmount: minor / 100,
      refundReason: 'by hand',
    },
  }),
  payOut: (reference, minor, currency) => ({
    path: '/api/v2/disbursements/single',
    json: {
      amount: minor / 100,
      reference,
      narration: 'rent',
      destinationBankCode: '058',
      destinationAccountNumber: '0690000031',
      destinationAccountName: 'Túndé Bẹ́llò',
      currency,
      sourceAccountNumber: '8016472829',
    },
  }),
  answerDispute: () => null,
  sold: ({ transactions = [] }) =>
    transactions.map((one: Json) => ({
      own: one.reference,
      reference: one.paymentReference,
      isOurs: one.metaData?.payment_id !== undefined,
      isPaid: one.status === 'PAID',
      minor: one.paidMinor,
    })),
  disputes: () => [],
  paidOutAs: (_, reference) => reference,
};

export const COUNTERS: Readonly<Record<string, Counter>> = {
  stripe,
  paystack,
  flutterwave,
  monnify,
};
