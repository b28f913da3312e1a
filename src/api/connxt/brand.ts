// The brand of an environment: its organization's id in the words of the Connxt API. It never changes.
import type { Context, Environment } from '../../flows/context.ts';
import { memory } from '../../flows/memory.ts';
import { findOrganization } from '../../store/organizations.ts';

export type BrandOf = (environment: Environment) => Promise<string>;

const KNOWN_MAX = 10_000;

const knownOf = memory(() => new Map<string, string>());

export function brands(context: Context): BrandOf {
  return async ({ organizationId }) => {
    const { db } = context;
    const known = knownOf(db);
    const found = known.get(organizationId);
    if (found !== undefined) return found;
    const organization = await findOrganization(db, organizationId);
    if (!organization) throw new Error(`no organization ${organizationId}`);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(organizationId, organization.brandId);
    return organization.brandId;
  };
}
