// The shapes of payments for the OpenAPI document. Bodies are read by read.ts, which knows numbers of any size and names
// what is wrong in Formance's style, so nothing is checked against these.
import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { ledgerStatuses } from '../../../domain/ledger/words.ts';

const Text = Type.String();
const Id = Type.String({ description: 'base64url of canonical JSON' });
const Time = Type.String({ format: 'date-time' });
const Amount = Type.Integer({ minimum: 0, description: 'minor units; 64 bits' });
const Metadata = Type.Record(Type.String(), Type.String());
const Raw = Type.Record(Type.String(), Type.Unknown());

const V1_STATUSES = [
  'PENDING',
  'SUCCEEDED',
  'CANCELLED',
  'FAILED',
  'EXPIRED',
  'REFUNDED',
  'REFUNDED_FAILURE',
  'DISPUTE',
  'DISPUTE_WON',
  'DISPUTE_LOST',
  'OTHER',
];
const TYPES = ['PAY-IN', 'PAYOUT', 'TRANSFER', 'OTHER'];

const common = { reference: Text, connectorID: Id, createdAt: Time, amount: Amount, asset: Text };
const v1Words = { type: Type.Enum(TYPES), status: Type.Enum(V1_STATUSES), scheme: Text };
const v3Words = { type: Type.Enum([...TYPES, 'UNKNOWN']), scheme: Text };
const V3Status = Type.Enum([...ledgerStatuses]);

const V1Request = Type.Object({
  ...common,
  ...v1Words,
  sourceAccountID: Type.Optional(Id),
  destinationAccountID: Type.Optional(Id),
  metadata: Type.Optional(Metadata),
});

const V1Payment = Type.Object({
  id: Id,
  ...common,
  ...v1Words,
  sourceAccountID: Text,
  destinationAccountID: Text,
  provider: Type.Optional(Text),
  initialAmount: Amount,
  raw: Type.Null(),
  adjustments: Type.Array(
    Type.Object({
      reference: Text,
      createdAt: Time,
      status: Type.Enum(V1_STATUSES),
      amount: Amount,
      raw: Raw,
    }),
  ),
  metadata: Metadata,
});

const V3Adjustment = {
  reference: Text,
  createdAt: Time,
  status: V3Status,
  amount: Type.Optional(Amount),
  asset: Type.Optional(Text),
  metadata: Type.Optional(Metadata),
};

const V3Request = Type.Object({
  ...common,
  ...v3Words,
  initialAmount: Type.Optional(Amount),
  sourceAccountID: Type.Optional(Id),
  destinationAccountID: Type.Optional(Id),
  metadata: Type.Optional(Metadata),
  adjustments: Type.Array(Type.Object(V3Adjustment)),
});

const OrNull = Type.Union([Id, Type.Null()]);
const V3Payment = Type.Object({
  id: Id,
  ...common,
  ...v3Words,
  status: V3Status,
  provider: Text,
  initialAmount: Amount,
  sourceAccountID: OrNull,
  destinationAccountID: OrNull,
  metadata: Metadata,
  adjustments: Type.Array(Type.Object({ id: Id, ...V3Adjustment, raw: Raw })),
});

const Page = (item: ReturnType<typeof Type.Object>) =>
  Type.Object({
    cursor: Type.Object({
      pageSize: Type.Integer(),
      hasMore: Type.Boolean(),
      previous: Type.Optional(Text),
      next: Type.Optional(Text),
      data: Type.Array(item),
    }),
  });

const Asked = Type.Object({
  pageSize: Type.Optional(Type.String({ description: '15; at most 100' })),
  cursor: Type.Optional(Type.String({ description: 'with it every other parameter is ignored' })),
  query: Type.Optional(Type.String({ description: '{"$match": {"status": "PENDING"}}' })),
  sort: Type.Optional(Type.String({ description: 'createdAt:desc' })),
});

/** Described, not checked. */
const described = (schema: FastifySchema) => ({
  schema,
  validatorCompiler: () => () => true,
});

const Empty = Type.Null({ description: 'Done' });
const Data = (item: ReturnType<typeof Type.Object>) => Type.Object({ data: item });
const Paths = Type.Object({ paymentId: Id });
const V3Paths = Type.Object({ paymentID: Id });

export const v1 = {
  record: described({
    summary: 'Record a payment, or an adjustment of one',
    body: V1Request,
    response: { 200: Data(V1Payment) },
  }),
  list: described({
    summary: 'List payments',
    querystring: Asked,
    response: { 200: Page(V1Payment) },
  }),
  get: described({ summary: 'Get a payment', params: Paths, response: { 200: Data(V1Payment) } }),
  label: described({
    summary: 'Add to the metadata of a payment',
    params: Paths,
    body: Metadata,
    response: { 204: Empty },
  }),
};

export const v3 = {
  record: described({
    summary: 'Record a payment with its adjustments, or adjustments of one',
    body: V3Request,
    response: { 201: Data(V3Payment) },
  }),
  list: described({
    summary: 'List payments',
    querystring: Asked,
    response: { 200: Page(V3Payment) },
  }),
  get: described({ summary: 'Get a payment', params: V3Paths, response: { 200: Data(V3Payment) } }),
  label: described({
    summary: 'Add to the metadata of a payment',
    params: V3Paths,
    body: Type.Object({ metadata: Metadata }),
    response: { 204: Empty },
  }),
};
