// Whose a PSP's message may be, before it is known: by what its URL names, and by what it says itself.
import type { Executor, Kind, Statement } from './db.ts';

export interface Owner {
  readonly environmentId: string;
  readonly connectionId: string;
  readonly paymentId: string | null;
  readonly attemptId: string | null;
  readonly operationId: string | null;
}

const OWNERS: Statement = {
  name: 'inbound_owners',
  text: `
SELECT environment_id AS "environmentId", connection_id AS "connectionId", payment_id AS "paymentId",
       attempt_id AS "attemptId", operation_id AS "operationId"
FROM (
  SELECT 1 AS doubt, environment_id, connection_id, payment_id, id AS attempt_id, NULL AS operation_id, 0 AS age
  FROM attempts WHERE provider = $1 AND id = $2 AND operation <> 'record'
  UNION ALL
  SELECT 2, environment_id, connection_id, payment_id, attempt_id, id, 0
  FROM operations WHERE provider = $1 AND id = $3
  UNION ALL
  SELECT 3, environment_id, connection_id, payment_id, attempt_id, id, 0
  FROM operations WHERE provider = $1 AND psp_reference = $4
  UNION ALL
  SELECT 4, environment_id, connection_id, payment_id, id, NULL, -number
  FROM attempts WHERE provider = $1 AND psp_reference = $5
  UNION ALL
  SELECT 5, environment_id, connection_id, payment_id, id, NULL, -number
  FROM attempts WHERE provider = $1 AND payment_id = $6 AND environment_id = $7 AND status <> 'ready'
    AND operation <> 'record'
) found
WHERE $7::text IS NULL OR environment_id = $7
ORDER BY doubt, age LIMIT 50`,
};

/** Whose a webhook is, by what it names: the surest first, then the latest attempt. */
export function findOwners(
  db: Executor,
  provider: string,
  target: {
    readonly reference: string | null;
    readonly pspReference: string | null;
    readonly refundReference: string | null;
    readonly refundPspReference: string | null;
    readonly paymentId: string | null;
    readonly environmentId: string | null;
  },
): Promise<Owner[]> {
  return db.run<Owner>(OWNERS, [
    provider,
    target.reference === null ? null : `att_${target.reference}`,
    target.refundReference === null ? null : `ref_${target.refundReference}`,
    target.refundPspReference,
    target.pspReference,
    target.paymentId,
    target.environmentId,
  ]);
}

const ADDRESSED: Statement = {
  name: 'inbound_addressed',
  text: `
SELECT n.provider AS "askedProvider", n.address AS "askedAddress", c.*
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS u(provider, address)) n, LATERAL (
  SELECT environment_id AS "environmentId", id AS "connectionId", NULL AS "paymentId", NULL AS "attemptId",
    NULL AS "operationId"
  FROM connections WHERE provider = n.provider AND (id = n.address OR webhook_token = n.address) LIMIT 50
) c`,
};

interface Address {
  readonly provider: string;
  readonly idOrToken: string;
}

/**
 * Connections that a webhook URL may mean: ids are the merchants' own, so several tenants may use one. Concurrent
 * lookups share a statement.
 */
export function findAddressed(db: Executor, provider: string, idOrToken: string): Promise<Owner[]> {
  return db.together(ADDRESSES, { provider, idOrToken });
}

const ADDRESSES: Kind<Address, Owner[]> = { run: findAllAddressed, keyOf: () => null };

async function findAllAddressed(db: Executor, asked: readonly Address[]): Promise<Owner[][]> {
  type Row = Owner & { readonly askedProvider: string; readonly askedAddress: string };
  const rows = await db.run<Row>(ADDRESSED, [
    asked.map(({ provider }) => provider),
    asked.map(({ idOrToken }) => idOrToken),
  ]);
  return asked.map(({ provider, idOrToken }) =>
    rows
      .filter((row) => row.askedProvider === provider && row.askedAddress === idOrToken)
      .map(({ askedProvider: _provider, askedAddress: _address, ...owner }) => owner),
  );
}
