// The life of a definition's version: draft, validated, published, retired, published again. What runs is checked
// before it can be published, and never changes afterwards (script-sandbox.md SB-31, SB-32).

import type { ScriptPool, ScriptStep } from '../../connectors/script/contract.ts';
import { isEgressEntry } from '../../connectors/script/egress.ts';
import type { VersionSettings } from '../../connectors/script/version.ts';
import { mapProblems } from '../../domain/transaction/states.ts';
import type { Ports } from '../../kernel/ports.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import { type Executor, violatedConstraint } from '../../store/db.ts';
import {
  type FlowVersion,
  findFlowVersion,
  insertFlowVersion,
  listFlowVersions,
  publishFlowVersion,
  validateFlowVersion,
} from '../../store/flow-catalogue.ts';
import { schemaFault } from './json-schema.ts';

export interface Workshop {
  readonly db: Executor;
  readonly ports: Ports;
  readonly scripts: ScriptPool;
}

export type Version = FlowVersion<VersionSettings>;

export interface Draft {
  readonly text: string;
  readonly language: 'javascript' | 'typescript';
  readonly settings: VersionSettings;
}

export async function createDraft(
  { db, ports }: Pick<Workshop, 'db' | 'ports'>,
  definitionId: string,
  draft: Draft,
  by: string,
): Promise<Version> {
  const nowMs = ports.clock.nowMs();
  const row = { ...draft, createdBy: by, createdAt: nowMs };
  const made = await insertFlowVersion(db, definitionId, row).catch((error) => {
    // Somebody else's draft has the number: theirs is there, so the next try finds another one.
    if (violatedConstraint(error) === 'flow_versions_pkey') return 'again' as const;
    throw error;
  });
  if (made === 'again') return createDraft({ db, ports }, definitionId, draft, by);
  if (!made) throw notFound('Flow definition', 'definition_not_found');
  return made as Version;
}

export async function findVersion(
  { db }: Workshop,
  definitionId: string,
  number: number,
): Promise<Version> {
  const found = await findFlowVersion(db, definitionId, number);
  if (!found) throw notFound('Version', 'version_not_found');
  return found as Version;
}

/** A draft that passes is validated; one that does not stays as it is, and every problem is told. */
export async function validateVersion(
  workshop: Workshop,
  definitionId: string,
  number: number,
): Promise<Version> {
  const version = await findVersion(workshop, definitionId, number);
  if (version.status !== 'draft') return version;
  const { text, language, settings } = version;
  const checked = await workshop.scripts.check({ text, language, steps: settings.steps });
  const problems = [...settingsProblems(settings), ...(checked.ok ? [] : checked.problems)];
  if (!checked.ok || problems.length > 0) {
    const message = `The version does not pass: ${problems[0]}`;
    throw new Problem(422, 'version_invalid', message, { problems });
  }
  const validated = await validateFlowVersion(workshop.db, version, checked);
  return (validated as Version | null) ?? findVersion(workshop, definitionId, number);
}

/** For new transactions from now on; those under way stay on theirs. Drafts are refused. */
export async function publishVersion(
  workshop: Workshop,
  definitionId: string,
  number: number,
  by: string,
): Promise<Version> {
  const nowMs = workshop.ports.clock.nowMs();
  const published = await publishFlowVersion(workshop.db, { definitionId, number }, by, nowMs);
  if (published) return published as Version;
  await findVersion(workshop, definitionId, number);
  throw new Problem(409, 'version_not_validated', 'Only a validated version can be published');
}

/** Publishes again what was published before the present version, or the version that is named. */
export async function rollBack(
  workshop: Workshop,
  definitionId: string,
  to: number | null,
  by: string,
): Promise<Version> {
  const versions = await listFlowVersions(workshop.db, definitionId);
  const earlier = versions
    .filter(({ status, publishedAt }) => status === 'retired' && publishedAt !== null)
    .sort((a, b) => (b.publishedAt ?? 0) - (a.publishedAt ?? 0) || b.number - a.number);
  const chosen = to ?? earlier[0]?.number;
  if (chosen === undefined)
    throw new Problem(409, 'nothing_to_roll_back_to', 'No earlier version was ever published');
  return publishVersion(workshop, definitionId, chosen, by);
}

const CHECKED_STEPS: readonly ScriptStep[] = ['initiate', 'redirect', 'webhook', 'sync'];

function settingsProblems({
  steps,
  egress,
  webhook,
  flowConfiguration,
  inputSchema,
  outputSchema,
}: VersionSettings): string[] {
  const schemas: [string, unknown][] = [
    ...partsOf(inputSchema).map(
      ([step, schema]) => [`inputSchema${step}`, schema] as [string, unknown],
    ),
    ...Object.entries(outputSchema).map(
      ([step, one]) => [`outputSchema.${step}`, one] as [string, unknown],
    ),
  ];
  return [
    ...(steps.includes('initiate') ? [] : ['steps must include initiate']),
    ...egress.filter((one) => !isEgressEntry(one)).map((one) => `egress: ${one} is no host`),
    ...(webhook.verify === 'hmac-sha256' && !webhook.hmac ? ['webhook.hmac is required'] : []),
    ...(webhook.verify !== 'script' && webhook.verify !== 'hmac-sha256' && steps.includes('webhook')
      ? needsSync(steps)
      : []),
    ...(flowConfiguration
      ? mapProblems(flowConfiguration).map((one) => `flowConfiguration: ${one}`)
      : []),
    ...schemas.flatMap(([name, schema]) => {
      const fault = schemaFault(schema);
      return fault === null ? [] : [`${name}: ${fault}`];
    }),
  ];
}

/** Messages that nobody verifies are only a reason to ask. */
function needsSync(steps: readonly ScriptStep[]): string[] {
  return steps.includes('sync') ? [] : ['webhook.verify is none+sync, but there is no step sync'];
}

/** One schema, or a map keyed by step (connxt.md row 8). */
function partsOf(schema: object): [string, unknown][] {
  const names = Object.keys(schema);
  const byStep =
    names.length > 0 && names.every((name) => CHECKED_STEPS.includes(name as ScriptStep));
  return byStep ? Object.entries(schema).map(([step, one]) => [`.${step}`, one]) : [['', schema]];
}
