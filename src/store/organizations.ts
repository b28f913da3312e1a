// Organizations. One statement writes an organization with both environments and their first keys.
import type { Executor, Statement } from './db.ts';
import { toTime } from './db.ts';

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly brandId: string;
  readonly defaultCountry: string | null;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly environments: readonly { readonly id: string; readonly mode: 'sandbox' | 'live' }[];
}

export interface NewKey {
  readonly environmentId: string;
  readonly id: string;
  readonly kind: 'reevit' | 'connxt' | 'formance';
  readonly name: string;
  readonly secretHash: Buffer;
  readonly scopes: readonly string[];
}

const INSERT: Statement = {
  name: 'organizations_insert',
  text: `
WITH o AS (
  INSERT INTO organizations (id, name, brand_id, default_country, created_at)
  VALUES ($1, $2, $3, $4, $5) RETURNING id
), e AS (
  INSERT INTO environments (id, organization_id, mode, created_at)
  SELECT n.id, o.id, n.mode, $5 FROM o, jsonb_to_recordset($6::jsonb) AS n(id text, mode text)
  RETURNING id
)
INSERT INTO api_keys (environment_id, id, kind, name, secret_hash, scopes, created_at)
SELECT e.id, k.id, k.kind, k.name, decode(k.secret_hash, 'hex'), k.scopes, $5
FROM e JOIN jsonb_to_recordset($7::jsonb)
  AS k(environment_id text, id text, kind text, name text, secret_hash text, scopes text[])
  ON k.environment_id = e.id`,
};

export async function insertOrganization(
  db: Executor,
  organization: Organization,
  keys: readonly NewKey[],
): Promise<void> {
  await db.run(INSERT, [
    organization.id,
    organization.name,
    organization.brandId,
    organization.defaultCountry,
    toTime(organization.createdAt),
    JSON.stringify(organization.environments),
    JSON.stringify(
      keys.map((key) => ({
        environment_id: key.environmentId,
        id: key.id,
        kind: key.kind,
        name: key.name,
        secret_hash: key.secretHash.toString('hex'),
        scopes: key.scopes,
      })),
    ),
  ]);
}

const COLUMNS = `
  o.id, o.name, o.brand_id AS "brandId", o.default_country AS "defaultCountry", o.created_at AS "createdAt",
  (SELECT jsonb_agg(jsonb_build_object('id', e.id, 'mode', e.mode) ORDER BY e.mode DESC)
   FROM environments e WHERE e.organization_id = o.id) AS environments`;

const FIND: Statement = {
  name: 'organizations_find',
  text: `SELECT ${COLUMNS} FROM organizations o WHERE o.id = $1`,
};

export async function findOrganization(db: Executor, id: string): Promise<Organization | null> {
  const [row] = await db.run<Organization>(FIND, [id]);
  return row ?? null;
}

const LIST: Statement = {
  name: 'organizations_list',
  text: `
WITH page AS (SELECT ${COLUMNS} FROM organizations o ORDER BY o.id DESC LIMIT $1 OFFSET $2)
SELECT (SELECT count(*)::int FROM organizations) AS total,
  (SELECT coalesce(jsonb_agg(to_jsonb(page) || jsonb_build_object(
     'createdAt', floor(extract(epoch FROM page."createdAt") * 1000)) ORDER BY page.id DESC), '[]')
   FROM page) AS organizations`,
};

/** Newest first. */
export async function listOrganizations(
  db: Executor,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ organizations: Organization[]; total: number }> {
  const [row] = await db.run<{ organizations: Organization[]; total: number }>(LIST, [
    page.limit,
    page.offset,
  ]);
  return row ?? { organizations: [], total: 0 };
}
