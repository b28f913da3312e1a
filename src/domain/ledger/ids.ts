// Ids of the Formance API (api/formance.md section 6): base64url of canonical JSON, so that anybody can read what they
// name and nobody has to store them. What an id says is never trusted: it is looked up in the caller's environment.
import { createHash } from 'node:crypto';
import { isText } from './text.ts';

/** How ids name a connection. */
export interface ConnectorRef {
  readonly provider: string;
  /** A UUID. */
  readonly reference: string;
}

/** An account, a payment initiation or a task: something with a name at a connector. */
export interface ObjectRef {
  readonly connector: ConnectorRef;
  readonly reference: string;
}

export interface PaymentRef extends ObjectRef {
  /** `PAY-IN`, `PAYOUT`, `TRANSFER`, `OTHER` or `UNKNOWN`. */
  readonly type: string;
}

/** Ours have one made of the same digits; an id that a merchant chose gets one that is made of it, the same for ever. */
export function connectorRef(connection: {
  readonly id: string;
  readonly provider: string;
}): ConnectorRef {
  return { provider: connection.provider, reference: uuidOf(connection.id) };
}

function uuidOf(connectionId: string): string {
  const own = /^con_([0-9a-f]{32})$/.exec(connectionId)?.[1];
  if (own !== undefined) return dashed(own);
  const hash = createHash('sha256').update(`connection ${connectionId}`).digest('hex');
  // RFC 9562 section 5.8: version 8 is for what vendors make up.
  return dashed(`${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`);
}

function dashed(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The connection that an id names, among those of the caller's environment. */
export function findConnector<C extends { readonly id: string }>(
  connections: readonly C[],
  { reference }: ConnectorRef,
): C | null {
  return connections.find(({ id }) => uuidOf(id) === reference) ?? null;
}

/** The id of the connection that an id names, also of one of ours that is gone: what was moved there is still known. */
export function connectionIdOf(
  connections: readonly { readonly id: string }[],
  connector: ConnectorRef,
): string {
  const own = `con_${connector.reference.replaceAll('-', '')}`;
  return findConnector(connections, connector)?.id ?? own;
}

export function encodeConnector(connector: ConnectorRef): string {
  return encode(connectorJson(connector));
}

export function encodeObject({ connector, reference }: ObjectRef): string {
  return encode({ ConnectorID: connectorJson(connector), Reference: reference });
}

export function encodePayment(payment: PaymentRef): string {
  return encode(paymentJson(payment));
}

/** `createdAt`: RFC 3339 with as many decimals as it has. */
export function encodePaymentAdjustment(
  payment: PaymentRef,
  {
    createdAt,
    reference,
    status,
  }: { readonly createdAt: string; readonly reference: string; readonly status: string },
): string {
  return encode({
    CreatedAt: createdAt,
    PaymentID: paymentJson(payment),
    Reference: reference,
    Status: status,
  });
}

export function encodeInitiationAdjustment(
  initiation: ObjectRef,
  { createdAt, status }: { readonly createdAt: string; readonly status: string },
): string {
  const { connector, reference } = initiation;
  const PaymentInitiationID = { ConnectorID: connectorJson(connector), Reference: reference };
  return encode({ CreatedAt: createdAt, PaymentInitiationID, Status: status });
}

/** Null for what is no id of a connector. */
export function decodeConnector(id: string): ConnectorRef | null {
  return readConnector(decode(id));
}

/** Null for what is no id of an account, an initiation or a task. */
export function decodeObject(id: string): ObjectRef | null {
  return readObject(decode(id));
}

/** Null for what is no id of a payment. */
export function decodePayment(id: string): PaymentRef | null {
  const said = decode(id);
  const object = readObject(said);
  const type = said?.Type;
  return object && isText(type, 1, 20) ? { ...object, type } : null;
}

function connectorJson({ provider, reference }: ConnectorRef) {
  return { Provider: provider, Reference: reference };
}

function paymentJson({ connector, reference, type }: PaymentRef) {
  return { ConnectorID: connectorJson(connector), Reference: reference, Type: type };
}

type Json = Readonly<Record<string, unknown>>;

/** Members are written in the order of their names, as the canonical form has them. */
function encode(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(id: string): Json | null {
  // Buffer.from passes over what is not base64: an id has no such characters, and no padding.
  if (!/^[\w-]{2,8000}$/.test(id)) return null;
  try {
    return asObject(JSON.parse(UTF8.decode(Buffer.from(id, 'base64url'))));
  } catch {
    return null;
  }
}

function readObject(said: Json | null): ObjectRef | null {
  const connector = readConnector(asObject(said?.ConnectorID));
  const reference = said?.Reference;
  return connector && isText(reference, 1, 1000) ? { connector, reference } : null;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readConnector(said: Json | null): ConnectorRef | null {
  const { Provider: provider, Reference: reference } = said ?? {};
  if (!isText(provider, 1, 100) || typeof reference !== 'string' || !UUID.test(reference))
    return null;
  return { provider, reference: reference.toLowerCase() };
}

function asObject(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}
