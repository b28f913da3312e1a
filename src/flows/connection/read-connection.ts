// Checks what a merchant posts as a connection. Nothing is stored, and no credential appears in a refusal.
import type { Credentials, Manifest } from '../../connectors/contract.ts';
import { readCredentials } from '../../connectors/credentials.ts';
import { manifestOf, providers } from '../../connectors/registry.ts';
import {
  capabilitiesProblems,
  type DeclaredCapabilities,
} from '../../domain/connection/capabilities.ts';
import type { ConnectionStatus } from '../../domain/connection/connection.ts';
import { type FeeStructure, feeStructureProblems } from '../../domain/connection/fees.ts';
import type { FieldProblem } from '../../domain/connection/field-problem.ts';
import { hintsProblems, labelsProblems, type RoutingHints } from '../../domain/connection/hints.ts';
import { invalid, Problem } from '../../kernel/problem.ts';

/** As it came over the wire: shapes are not to be trusted yet. */
export interface PostedConnection {
  readonly id: string | null;
  readonly provider: string;
  /** Null: that of the key. */
  readonly mode: 'sandbox' | 'live' | null;
  readonly status: ConnectionStatus | null;
  readonly credentials: Readonly<Record<string, unknown>>;
  readonly capabilities: object | null;
  readonly routingHints: object | null;
  readonly labels: readonly string[] | null;
  readonly feeStructure: object | null;
}

export interface ReadConnection {
  readonly id: string | null;
  readonly provider: string;
  readonly manifest: Manifest;
  readonly status: ConnectionStatus | null;
  readonly credentials: Credentials;
  readonly capabilities: DeclaredCapabilities | null;
  readonly routingHints: RoutingHints | null;
  readonly labels: readonly string[] | null;
  readonly feeStructure: FeeStructure | null;
}

/** JSON text of each of the open objects. */
const CHARACTERS_MAX = 16_384;
/** api/reevit.md section 1: ids stand in paths, some clients do not encode them. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}$/;

/** Words that stand where an id does: `/connections/labels` is the list of labels. */
const RESERVED = new Set(['labels']);

/** Throws a Problem naming the first thing that is wrong. */
export function readConnection(
  posted: PostedConnection,
  keyMode: 'sandbox' | 'live',
): ReadConnection {
  const provider = posted.provider.trim().toLowerCase();
  const manifest = manifestOf(provider);
  if (!manifest)
    throw invalid(
      'validation_error',
      `provider must be one of ${providers().join(', ')}`,
      'provider',
    );
  if (posted.mode !== null && posted.mode !== keyMode) {
    const message = `mode is ${posted.mode}, but the API key is of the ${keyMode} environment`;
    throw invalid('validation_error', message, 'mode');
  }
  const { id, status, capabilities, routingHints, labels, feeStructure } = posted;
  if (id !== null && !ID.test(id)) {
    const message =
      'id must be 1 to 128 letters, digits, or . _ ~ : - and begin with one of the first two';
    throw invalid('validation_error', message, 'id');
  }
  if (id !== null && RESERVED.has(id))
    throw invalid('validation_error', `id must not be ${id}`, 'id');
  refuse([
    ...labelsProblems(labels),
    ...capabilitiesProblems(capabilities),
    ...hintsProblems(routingHints),
    ...feeStructureProblems(feeStructure),
    ...sizeProblems({ capabilities, routing_hints: routingHints, fee_structure: feeStructure }),
  ]);
  return {
    id,
    provider,
    manifest,
    status,
    credentials: credentialsOf(manifest, keyMode, posted.credentials),
    capabilities: capabilities as DeclaredCapabilities | null,
    routingHints: routingHints as RoutingHints | null,
    labels: labels === null ? null : [...new Set(labels)],
    feeStructure: feeStructure as FeeStructure | null,
  };
}

/** Throws the first problem, with the others in its details. */
export function refuse(problems: readonly FieldProblem[]): void {
  const [first] = problems;
  if (!first) return;
  throw new Problem(400, 'validation_error', `${first.field} ${first.message}`, {
    field: first.field,
    ...(problems.length > 1 ? { problems: problems.slice(0, 20) } : {}),
  });
}

function sizeProblems(objects: Readonly<Record<string, object | null>>): FieldProblem[] {
  return Object.entries(objects).flatMap(([field, value]) =>
    value !== null && JSON.stringify(value).length > CHARACTERS_MAX
      ? [{ field, message: `must have at most ${CHARACTERS_MAX} characters as JSON` }]
      : [],
  );
}

function credentialsOf(
  manifest: Manifest,
  mode: 'sandbox' | 'live',
  given: Readonly<Record<string, unknown>>,
): Credentials {
  const read = readCredentials(manifest, mode, given);
  if ('credentials' in read) return read.credentials;
  const problems = read.problems.map(({ field, reason }) => ({
    field: `credentials.${field}`,
    message: reason,
  }));
  const [first] = problems;
  const message = problems.map((one) => `${one.field} ${one.message}`).join('; ');
  throw new Problem(400, 'invalid_credentials', message, { field: first?.field ?? '', problems });
}
