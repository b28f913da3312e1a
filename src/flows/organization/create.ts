// Bootstraps a merchant: the organization, both environments, and one key for each API in each (DESIGN section 8).
import { isCountry } from '../../kernel/country.ts';
import { newId } from '../../kernel/ids.ts';
import { invalid } from '../../kernel/problem.ts';
import { addAudit, type Change } from '../../store/audit.ts';
import type { Executor } from '../../store/db.ts';
import { insertOrganization, type Organization } from '../../store/organizations.ts';
import { firstKeys } from '../api-key/new-key.ts';
import type { Context } from '../context.ts';

export interface NewOrganization {
  readonly name: string;
  readonly defaultCountry: string | null;
}

export type FirstKeys = ReturnType<typeof firstKeys>['shown'];

export interface MadeOrganization {
  readonly organization: Organization;
  /** In the order of the organization's environments. */
  readonly keys: readonly FirstKeys[];
}

export async function createOrganization(
  { ports }: Context,
  db: Executor,
  { name, defaultCountry }: NewOrganization,
  change: Change,
): Promise<MadeOrganization> {
  if (name.trim() === '') throw invalid('missing_name', 'name must not be empty', 'name');
  const country = defaultCountry?.toUpperCase() ?? null;
  if (country !== null && !isCountry(country))
    throw invalid(
      'validation_error',
      'default_country is not an ISO 3166-1 alpha-2 country',
      'default_country',
    );
  const organization: Organization = {
    id: newId('org', ports),
    name: name.trim(),
    brandId: newId('brn', ports),
    defaultCountry: country,
    createdAt: ports.clock.nowMs(),
    environments: [
      { id: newId('env', ports), mode: 'sandbox' },
      { id: newId('env', ports), mode: 'live' },
    ],
  };
  const made = organization.environments.map(({ id, mode }) => firstKeys(ports, id, mode));
  await insertOrganization(
    db,
    organization,
    made.flatMap(({ rows }) => rows),
  );
  const subject = { type: 'organization', id: organization.id } as const;
  const entry = { environmentId: 'admin', subject, action: 'created' };
  await addAudit(db, { ...entry, metadata: { name: organization.name } }, change);
  return { organization, keys: made.map(({ shown }) => shown) };
}
