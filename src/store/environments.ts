// The two environments of an organization, and the version that every change of their configuration raises.
import type { Executor, Kind, Statement } from './db.ts';

export interface EnvironmentRow {
  readonly id: string;
  readonly mode: 'sandbox' | 'live';
  readonly organizationId: string;
  readonly organizationName: string;
  readonly defaultCountry: string | null;
  readonly configVersion: bigint;
}

/** Columns of an EnvironmentRow, from `environments e JOIN organizations o`. */
export const ENVIRONMENT_COLUMNS = `
  e.id AS "environmentId", e.mode, e.organization_id AS "organizationId", o.name AS "organizationName",
  o.default_country AS "defaultCountry", e.config_version AS "configVersion"`;

/** What a query with ENVIRONMENT_COLUMNS answers. */
export type EnvironmentColumns = Omit<EnvironmentRow, 'id'> & { readonly environmentId: string };

export function toEnvironment(row: EnvironmentColumns): EnvironmentRow {
  const { environmentId, mode, organizationId, organizationName, defaultCountry, configVersion } =
    row;
  return {
    id: environmentId,
    mode,
    organizationId,
    organizationName,
    defaultCountry,
    configVersion,
  };
}

const FIND: Statement = {
  name: 'environments_find',
  text: `
SELECT ${ENVIRONMENT_COLUMNS}
FROM environments e JOIN organizations o ON o.id = e.organization_id
WHERE e.id = ANY($1)`,
};

/** For workers, which meet an environment by its id only; concurrent ones share a statement. */
export function findEnvironment(
  db: Executor,
  environmentId: string,
): Promise<EnvironmentRow | null> {
  return db.together(LOOKUPS, environmentId);
}

const LOCK: Statement = {
  name: 'environments_lock_configuration',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('configuration of ' || $1, 0))`,
};

/**
 * Until the end of the transaction nobody else makes what an environment has a limited number of, or changes what was
 * read to be changed.
 */
export async function lockConfiguration(tx: Executor, environmentId: string): Promise<void> {
  await tx.run(LOCK, [environmentId]);
}

const LOOKUPS: Kind<string, EnvironmentRow | null> = { run: findEnvironments, keyOf: () => null };

async function findEnvironments(
  db: Executor,
  ids: readonly string[],
): Promise<(EnvironmentRow | null)[]> {
  const rows = await db.run<EnvironmentColumns>(FIND, [[...new Set(ids)]]);
  const found = new Map(rows.map((row) => [row.environmentId, toEnvironment(row)]));
  return ids.map((id) => found.get(id) ?? null);
}
