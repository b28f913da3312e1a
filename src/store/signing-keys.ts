// The keys that access tokens are signed with: one for all servers of this database, sealed. Not a merchant's, so
// environment_id is ''.
import { type Executor, type Statement, toTime } from './db.ts';

export interface SigningKeyRow {
  /** The thumbprint of the public key. */
  readonly id: string;
  readonly sealedKey: string;
}

const LIST: Statement = {
  name: 'signing_keys_list',
  text: `
SELECT id, sealed_key AS "sealedKey" FROM signing_keys WHERE environment_id = ''
ORDER BY created_at DESC, id`,
};

/** Newest first. */
export function listSigningKeys(db: Executor): Promise<SigningKeyRow[]> {
  return db.run<SigningKeyRow>(LIST, []);
}

const INSERT_FIRST: Statement = {
  name: 'signing_keys_insert_first',
  text: `
INSERT INTO signing_keys (environment_id, id, sealed_key, created_at)
SELECT '', $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE environment_id = '')`,
};

/** Two servers that start at once may both write one: then there are two, and both are good. */
export async function insertFirstSigningKey(
  db: Executor,
  { id, sealedKey }: SigningKeyRow,
  nowMs: number,
): Promise<void> {
  await db.run(INSERT_FIRST, [id, sealedKey, toTime(nowMs)]);
}
