// The brand of an environment: its organization's id in the words of the Connxt API. It never changes.
import type { Context, Environment } from '../../flows/context.ts';
import { findOrganization } from '../../store/organizations.ts';

export type BrandOf = (environment: Environment) => Promise<string>;

const KNOWN_MAX = 10_000;

export function brands({ db }: Context): BrandOf {
  const known = new Map<string, string>();
  return async ({ organizationId }) => {
    const found = known.get(organizationId);
    if (found !== undefined) return found;
    const organization = await findOrganization(db, organizationId);
    if (!organization) throw new Error(`no organization ${organizationId}`);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(organizationId, organization.brandId);
    return organization.brandId;
  };
}
