// Whose money a line of a PSP's books is: found by the reference that an attempt has at its PSP, as the APIs tell it.
import { connectorRef } from '../../src/domain/ledger/ids.ts';
import type { Account, Line } from './books.ts';
import type { Json, Sight } from './oracle.ts';

/** Names that PSPs give to what we call by our reference (psp/mpesa.md 2.1: twelve characters). */
function namesOf(
  { txnIds }: Sight,
  provider: string,
  reference: string,
): readonly (string | undefined)[] {
  if (provider === 'paymaxis') return [txnIds.get(reference)];
  if (provider !== 'mpesa') return [reference];
  const end = reference.slice(-11).toUpperCase();
  return [reference, `S${end}`, `P${end}`];
}

const nameAt = (connectionId: string, reference: string) => `${connectionId} ${reference}`;

/** Ids of payments and payouts; null: of nobody's. */
export function owners(sight: Sight): (line: Line) => string | null {
  const { payments, payouts, ledger } = sight;
  const known = new Map<string, string>();
  /** What we read of goes by the PSP's name of it. */
  const ofOthers = new Map<string, string>();
  const add = (connectionId: string, provider: string, reference: string, owner: string) => {
    for (const name of namesOf(sight, provider, reference))
      if (name !== undefined) known.set(nameAt(connectionId, name), owner);
  };
  for (const [id, { route }] of payments)
    for (const { attempt_id: attempt, connection_id: connection, provider } of route)
      add(connection, provider, attempt.slice('att_'.length), id);
  const byOrder = new Map([...payouts].map(([id, { metadata }]) => [metadata.order, id]));
  for (const row of [...ledger.values()].flat()) {
    const payout = byOrder.get(row.metadata.order);
    if (row.type !== 'PAYOUT' || payout === undefined) continue;
    const { id, provider } = connectorOf(row);
    add(id, provider, row.reference, payout);
  }
  for (const [id, { route, reference }] of payments)
    for (const { connection_id: connection } of route)
      ofOthers.set(nameAt(connection, reference), id);
  return ({ account, reference, own }) =>
    known.get(nameAt(account.id, reference)) ??
    own.map((name) => ofOthers.get(nameAt(account.id, name))).find((id) => id !== undefined) ??
    null;
}

/** It was read of, and goes by the PSP's name of it. */
export function isRead({ payments, lines }: Sight, paymentId: string): boolean {
  const { reference } = payments.get(paymentId);
  return lines.some(({ own }) => own.includes(reference));
}

/** Formance's ids say what they name (api/formance.md section 6). */
export function connectorOf(row: Json): Pick<Account, 'id' | 'provider'> {
  const { Provider } = partsOf(row);
  return { id: `con_${referenceIn(row).replaceAll('-', '')}`, provider: Provider };
}

function referenceIn(row: Json): string {
  return partsOf(row).Reference;
}

function partsOf({ connectorID }: Json): Json {
  return JSON.parse(Buffer.from(connectorID, 'base64url').toString());
}

export function linesOfRow(row: Json, sight: Sight): Line[] {
  const { provider } = connectorOf(row);
  const names = namesOf(sight, provider, row.reference);
  return sight.lines.filter(
    ({ account, reference, own }) =>
      connectorRef(account).reference === referenceIn(row) &&
      (names.includes(reference) || own.includes(row.reference)),
  );
}
