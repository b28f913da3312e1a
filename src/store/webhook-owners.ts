// Whose a PSP's message may be, before it is known: by what its URL names, and by what it says itself.
import type { Executor, Kind, Statement } from './db.ts';

export interface Owner {
  readonly environmentId: string;
  readonly connectionId: string;
  readonly paymentId: string | null;
  readonly attemptId: string | null;
  readonly operationId: string | null;
  /** It carries the payment's id and no other name of ours: it may be about an object that others made. */
  readonly isGuess: boolean;
}

/** What a message says that it is about, as far as it says. */
interface Target {
  readonly reference: string | null;
  readonly pspReference: string | null;
  readonly refundReference: string | null;
  readonly refundPspReference: string | null;
  readonly paymentId: string | null;
  readonly environmentId: string | null;
}

const OWNERS: Statement = {
  name: 'inbound_owners',
  text: `
SELECT n.number, f.*
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
  AS n(provider, attempt, refund, refund_psp_reference, psp_reference, payment, environment, number), LATERAL (
  SELECT environment_id AS "environmentId", connection_id AS "connectionId", payment_id AS "paymentId",
         attempt_id AS "attemptId", operation_id AS "operationId", doubt = 5 AS "isGuess", doubt, age
  FROM (
    SELECT 1 AS doubt, environment_id, connection_id, payment_id, id AS attempt_id, NULL AS operation_id, 0 AS age
    FROM attempts WHERE provider = n.provider AND id = n.attempt AND operation <> 'record'
    UNION ALL
    SELECT 2, environment_id, connection_id, payment_id, attempt_id, id, 0
    FROM operations WHERE provider = n.provider AND id = n.refund
    UNION ALL
    SELECT 3, environment_id, connection_id, payment_id, attempt_id, id, 0
    FROM operations WHERE provider = n.provider AND psp_reference = n.refund_psp_reference
    UNION ALL
    SELECT 4, environment_id, connection_id, payment_id, id, NULL, -number
    FROM attempts WHERE provider = n.provider AND psp_reference = n.psp_reference
    UNION ALL
    SELECT 5, environment_id, connection_id, payment_id, id, NULL, -number
    FROM attempts WHERE provider = n.provider AND payment_id = n.payment AND environment_id = n.environment
      AND status <> 'ready' AND operation <> 'record'
  ) found
  WHERE n.environment IS NULL OR environment_id = n.environment
  ORDER BY doubt, age LIMIT 50
) f ORDER BY n.number, f.doubt, f.age`,
};

/** Whose a webhook is, by what it names: the surest first, then the latest attempt. Concurrent ones share a statement. */
export function findOwners(db: Executor, provider: string, target: Target): Promise<Owner[]> {
  return db.together(NAMED, { provider, target });
}

interface Named {
  readonly provider: string;
  readonly target: Target;
}

const NAMED: Kind<Named, Owner[]> = { run: findAllOwners, keyOf: () => null };

async function findAllOwners(db: Executor, asked: readonly Named[]): Promise<Owner[][]> {
  const of = (value: (target: Target) => string | null) => asked.map((one) => value(one.target));
  const id = (prefix: string, reference: string | null) =>
    reference === null ? null : `${prefix}_${reference}`;
  type Row = Owner & { readonly number: bigint; readonly doubt: number; readonly age: number };
  const rows = await db.run<Row>(OWNERS, [
    asked.map(({ provider }) => provider),
    of(({ reference }) => id('att', reference)),
    of(({ refundReference }) => id('ref', refundReference)),
    of(({ refundPspReference }) => refundPspReference),
    of(({ pspReference }) => pspReference),
    of(({ paymentId }) => paymentId),
    of(({ environmentId }) => environmentId),
  ]);
  const owners: Owner[][] = asked.map(() => []);
  for (const { number, doubt: _doubt, age: _age, ...owner } of rows)
    owners[Number(number) - 1]?.push(owner);
  return owners;
}

const ADDRESSED: Statement = {
  name: 'inbound_addressed',
  text: `
SELECT n.provider AS "askedProvider", n.address AS "askedAddress", c.*
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS u(provider, address)) n, LATERAL (
  SELECT environment_id AS "environmentId", id AS "connectionId", NULL AS "paymentId", NULL AS "attemptId",
    NULL AS "operationId", false AS "isGuess"
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
