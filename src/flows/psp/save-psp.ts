// Makes or changes a PSP, in the order of checks of connxt.md 6.2. Credential values never appear in a refusal.
import { randomBase62 } from '../../kernel/base62.ts';
import { parseBounded } from '../../kernel/bounded-json.ts';
import { Problem } from '../../kernel/problem.ts';
import { setStatus } from '../../store/connections.ts';
import type { Executor } from '../../store/db.ts';
import { violatedConstraint } from '../../store/db.ts';
import { findPspNamed, type PspFacts, type PspOperation, savePsp } from '../../store/psps.ts';
import { changeOf } from '../change-of.ts';
import { saveMerchantConnection } from '../connection/save.ts';
import type { Caller, Context } from '../context.ts';
import { schemaProblems } from '../flow-catalogue/json-schema.ts';
import type { CatalogueTarget } from '../flow-catalogue/targets.ts';
import { getPsp, type Psp } from './psp.ts';
import { conflict, type FieldError, unknownId, validationFailed } from './refusals.ts';

export interface AskedPsp {
  readonly name: string;
  readonly description: string | null;
  readonly logo: string | null;
  /** JSON text of an object, or the object. Null: keep what is stored. */
  readonly credential: string | object | null;
  readonly operations: readonly PspOperation[];
}

const NAME_TAKEN = 'PSP with same name already exists';

export async function createPsp(
  context: Context,
  caller: Caller,
  flowTargetId: string,
  asked: AskedPsp,
): Promise<Psp> {
  await context.flows.refresh();
  const target = context.flows.target(flowTargetId);
  if (!target) throw unknownId('flowTargetId', 'Flow target');
  if (target.status !== 'ENABLED')
    throw validationFailed({
      field: 'flowTargetId',
      message: 'Flow target is not enabled',
      code: 'not_enabled',
    });
  const id = `psp_${randomBase62(context.ports.random, 26)}`;
  return save(context, caller, id, target, asked);
}

/** Replaces name, logo, description and operations; the credential when one is sent. */
export async function updatePsp(
  context: Context,
  caller: Caller,
  id: string,
  asked: AskedPsp,
): Promise<Psp> {
  const { target } = await getPsp(context, caller.environment, id);
  return save(context, caller, id, target, asked);
}

export async function setPspStatus(
  context: Context,
  caller: Caller,
  id: string,
  status: Psp['status'],
): Promise<Psp> {
  await getPsp(context, caller.environment, id);
  const word = status === 'ENABLED' ? 'active' : 'inactive';
  await setStatus(context.db, caller.environment.id, id, word, changeOf(context, caller));
  return getPsp(context, caller.environment, id);
}

async function save(
  context: Context,
  caller: Caller,
  id: string,
  target: CatalogueTarget,
  asked: AskedPsp,
): Promise<Psp> {
  checkOperations(context, target, asked.operations);
  const credentials = credentialsFrom(target, asked.credential);
  const { environment } = caller;
  const { name, description, logo, operations } = asked;
  const facts: PspFacts = { flowTargetId: target.id, name, description, logo, operations };
  const named = await findPspNamed(context.db, environment.id, target.id, name);
  if (named !== null && named !== id) throw nameTaken(named);
  try {
    await context.db.transaction(async (tx: Executor) => {
      if (credentials !== null)
        await saveMerchantConnection(context, tx, caller, {
          id,
          provider: target.code,
          mode: null,
          status: null,
          credentials,
          capabilities: null,
          routingHints: null,
          labels: null,
          feeStructure: null,
        });
      await savePsp(tx, environment.id, id, facts, context.ports.clock.nowMs());
    });
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid_credentials')
      throw credentialWrong(error);
    if (violatedConstraint(error) !== 'psps_name') throw error;
    throw nameTaken(await findPspNamed(context.db, environment.id, target.id, name));
  }
  return getPsp(context, environment, id);
}

/** What a connector's own rules say of credentials that fit the schema: a test key in a live environment. */
function credentialWrong({ details }: Problem): Problem {
  const problems = (details.problems ?? []) as readonly { field: string; message: string }[];
  const wrong = { field: 'credential', message: 'Credential does not match credentialSchema' };
  return validationFailed(
    { ...wrong, code: 'schema' },
    ...problems.map(({ field, message }) => ({
      field: field.replace('credentials.', 'credential.'),
      message,
      code: 'schema',
    })),
  );
}

function nameTaken(existingId: string | null) {
  return conflict(NAME_TAKEN, [
    { field: 'name', message: NAME_TAKEN, code: 'exists', ...(existingId ? { existingId } : {}) },
  ]);
}

function checkOperations(
  { flows }: Context,
  target: CatalogueTarget,
  operations: readonly PspOperation[],
): void {
  const wrong: FieldError[] = [];
  const seen = new Set<string>();
  const known = new Set(
    flows.current.targets.flatMap(({ definitions }) =>
      [...definitions.values()].map(({ id }) => id),
    ),
  );
  for (const [index, { flowActionId, flowDefinitionId }] of operations.entries()) {
    const at = (name: string) => `operations[${index}].${name}`;
    if (!flows.action(flowActionId)) throw unknownId(at('flowActionId'), 'Flow action');
    if (!known.has(flowDefinitionId)) throw unknownId(at('flowDefinitionId'), 'Flow definition');
    const definition = target.definitions.get(flowActionId);
    if (definition?.id !== flowDefinitionId || !definition.published) {
      const message = 'Flow definition is not that of the action at this target';
      wrong.push({ field: at('flowDefinitionId'), message, code: 'mismatch' });
    }
    if (seen.has(flowActionId)) {
      const message = 'Flow action is listed more than once';
      wrong.push({ field: at('flowActionId'), message, code: 'duplicate' });
    }
    seen.add(flowActionId);
  }
  if (wrong.length > 0) throw validationFailed(...wrong);
}

/** Flat texts, as connections keep them: what is no text is its JSON (connxt.md 9.3). */
function credentialsFrom(
  { credentialSchema }: CatalogueTarget,
  given: string | object | null,
): Record<string, string> | null {
  if (given === null) return null;
  const value = typeof given === 'string' ? parseBounded(given) : given;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'Credential must be a JSON object';
    throw validationFailed({ field: 'credential', message, code: 'schema' });
  }
  const problems = schemaProblems(credentialSchema, value);
  if (problems.length > 0) {
    throw validationFailed(
      {
        field: 'credential',
        message: 'Credential does not match credentialSchema',
        code: 'schema',
      },
      ...problems.map(({ path, message }) => ({
        field: path === '' ? 'credential' : `credential.${path}`,
        message,
        code: 'schema',
      })),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      typeof one === 'string' ? one : JSON.stringify(one),
    ]),
  );
}
