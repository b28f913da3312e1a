// Beneficiaries that merchants saved: masked for answers, sealed for PSPs.
import type { Beneficiary } from '../domain/payout/beneficiary.ts';
import { type Executor, type Statement, toTime } from './db.ts';

export interface SavedBeneficiary {
  readonly environmentId: string;
  readonly id: string;
  /** Masked. */
  readonly details: Beneficiary;
  readonly sealedDetails: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = `environment_id AS "environmentId", id, details, sealed_details AS "sealedDetails",
  created_at AS "createdAt", updated_at AS "updatedAt"`;

const INSERT: Statement = {
  name: 'beneficiaries_insert',
  text: `
INSERT INTO beneficiaries (environment_id, id, details, sealed_details, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5)`,
};

export async function insertBeneficiary(tx: Executor, saved: SavedBeneficiary): Promise<void> {
  const { environmentId, id, details, sealedDetails, createdAt } = saved;
  const values = [environmentId, id, JSON.stringify(details), sealedDetails, toTime(createdAt)];
  await tx.run(INSERT, values);
}

const FIND: Statement = {
  name: 'beneficiaries_find',
  text: `SELECT ${COLUMNS} FROM beneficiaries WHERE environment_id = $1 AND id = $2`,
};

export async function findBeneficiary(
  db: Executor,
  environmentId: string,
  id: string,
): Promise<SavedBeneficiary | null> {
  const [row] = await db.run<SavedBeneficiary>(FIND, [environmentId, id]);
  return row ?? null;
}

const LIST: Statement = {
  name: 'beneficiaries_list',
  text: `SELECT ${COLUMNS} FROM beneficiaries WHERE environment_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3`,
};

const COUNT: Statement = {
  name: 'beneficiaries_count',
  text: `SELECT count(*)::int AS total FROM beneficiaries WHERE environment_id = $1`,
};

/** Newest first, and how many there are in all. */
export async function listBeneficiaries(
  db: Executor,
  environmentId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly beneficiaries: SavedBeneficiary[]; readonly total: number }> {
  const [beneficiaries, [count]] = await Promise.all([
    db.run<SavedBeneficiary>(LIST, [environmentId, limit, offset]),
    db.run<{ total: number }>(COUNT, [environmentId]),
  ]);
  return { beneficiaries, total: count?.total ?? 0 };
}

const DELETE: Statement = {
  name: 'beneficiaries_delete',
  text: `DELETE FROM beneficiaries WHERE environment_id = $1 AND id = $2 RETURNING id`,
};

/** False when there is none. Payouts that were made to it keep a copy of their own. */
export async function deleteBeneficiary(
  tx: Executor,
  environmentId: string,
  id: string,
): Promise<boolean> {
  return (await tx.run(DELETE, [environmentId, id])).length > 0;
}
