// Finds the transaction that a message is about when its address does not say: by the paths that the connector names,
// by the PSP's own id, or by anything that looks like one of our ids (connxt.md section 10).
import { transactionIdIn } from '../../domain/transaction/transaction.ts';
import { findByPspId, type TransactionPlace } from '../../store/transactions.ts';
import type { Context, Environment } from '../context.ts';
import { findPlace } from './find-transaction.ts';

export interface Readable {
  readonly body: unknown;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface Located {
  readonly txnId: string | null;
  readonly place: TransactionPlace;
}

const DEPTH_MAX = 8;
const VALUES_MAX = 1_000;
const DECODED_MAX = 2;

export async function locate(
  context: Context,
  environment: Environment,
  message: Readable,
): Promise<Located | null> {
  const { connections } = await context.configurations.get(environment);
  const targets = new Set(
    connections.map(({ provider }) => context.flows.targetOfProvider(provider)),
  );
  const hooks = [...targets].flatMap((target) =>
    [...(target?.definitions.values() ?? [])].flatMap(
      ({ version }) => version?.settings.webhook ?? [],
    ),
  );
  const ours = hooks.flatMap(({ locate: paths }) => paths).map((path) => textAt(message, path));
  for (const text of ours) {
    const found = await byOwnId(context, environment, text);
    if (found) return found;
  }
  const theirs = hooks
    .flatMap(({ locatePsp: paths }) => paths)
    .map((path) => textAt(message, path));
  for (const text of theirs) {
    const place = text === null ? null : await findByPspId(context.db, environment.id, text);
    if (place) return { txnId: null, place };
  }
  return byOwnId(context, environment, scan(message.query) ?? scan(message.body));
}

async function byOwnId(
  context: Context,
  environment: Environment,
  text: string | null,
): Promise<Located | null> {
  const txnId = text === null ? null : transactionIdIn(text);
  const place = txnId === null ? null : await findPlace(context, environment, txnId);
  return place && { txnId, place };
}

/** `$.body.referenceId` */
function textAt(message: Readable, path: string): string | null {
  const names = path.split('.').slice(1);
  const value = names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string, unknown>)[name]
        : null,
    message,
  );
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : null;
}

/** The first text that begins like a transaction id; JSON within texts is looked into twice. */
function scan(root: unknown): string | null {
  let left = VALUES_MAX;
  const look = (value: unknown, depth: number, decoded: number): string | null => {
    left -= 1;
    if (left < 0 || depth > DEPTH_MAX) return null;
    if (typeof value === 'string') {
      if (transactionIdIn(value) !== null) return value;
      return decoded < DECODED_MAX && /^\s*[[{]/.test(value)
        ? look(parsed(value), depth + 1, decoded + 1)
        : null;
    }
    if (typeof value !== 'object' || value === null) return null;
    for (const inner of Object.values(value)) {
      const found = look(inner, depth + 1, decoded);
      if (found !== null) return found;
    }
    return null;
  };
  return look(root, 0, 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
