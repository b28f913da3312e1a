// A PSP as the Connxt API shows it: a connection, its target, and the operations it is open for.
import { notFound } from '../../kernel/problem.ts';
import { findPsp, listPsps, type PspOperation, type PspRow } from '../../store/psps.ts';
import type { Context, Environment } from '../context.ts';
import type { CatalogueTarget } from '../flow-catalogue/targets.ts';

export interface Psp {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly logo: string | null;
  readonly status: 'ENABLED' | 'DISABLED';
  readonly target: CatalogueTarget;
  readonly operations: readonly PspOperation[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Null for a connection of a provider that is no target (one that cannot charge yet). */
export function toPsp({ flows }: Context, row: PspRow): Psp | null {
  const { id, provider, facts, status, createdAt, updatedAt } = row;
  const target = flows.targetOfProvider(provider);
  if (!target) return null;
  return {
    id,
    name: facts?.name ?? `${target.name} ${id}`,
    description: facts?.description ?? null,
    logo: facts ? facts.logo : target.logo,
    status: status === 'active' ? 'ENABLED' : 'DISABLED',
    target,
    operations: facts?.operations ?? everyOperation(target),
    createdAt,
    updatedAt,
  };
}

/** Made through another API: open for all that its target can do. */
function everyOperation({ definitions }: CatalogueTarget): PspOperation[] {
  return [...definitions].map(([flowActionId, { id }]) => ({
    flowActionId,
    flowDefinitionId: id,
    status: 'ENABLED',
  }));
}

export async function getPsp(context: Context, environment: Environment, id: string): Promise<Psp> {
  await context.flows.refresh();
  const row = await findPsp(context.db, environment.id, id);
  const psp = row && toPsp(context, row);
  if (!psp) throw notFound('PSP');
  return psp;
}

export async function listEnvironmentPsps(
  context: Context,
  environment: Environment,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly psps: readonly Psp[]; readonly total: number }> {
  await context.flows.refresh();
  const { psps, total } = await listPsps(context.db, environment.id, page);
  return { psps: psps.flatMap((row) => toPsp(context, row) ?? []), total };
}
