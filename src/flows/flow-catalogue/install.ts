// Installs a script connector that is handed in whole: its target, a definition for each action, and a published
// version of each. Installing the same again changes nothing; what an administrator published since stays.
import type { ScriptConnector } from '../../connectors/script/description.ts';
import { settingsOf } from '../../connectors/script/version.ts';
import { newTypeId } from '../../kernel/base62.ts';
import { Problem } from '../../kernel/problem.ts';
import { violatedConstraint } from '../../store/db.ts';
import {
  type FlowAction,
  listFlowActions,
  listFlowTargets,
  listFlowVersions,
  saveFlowDefinition,
  saveFlowTarget,
} from '../../store/flow-catalogue.ts';
import { schemaFault } from './json-schema.ts';
import { createDraft, publishVersion, validateVersion, type Workshop } from './versions.ts';

export interface HandedIn {
  readonly connector: ScriptConnector;
  /** The text of each file that the connector's actions name. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** Who installs the connectors that come with the server. */
export const SYSTEM = 'system';

type ActionName = keyof ScriptConnector['actions'];

export async function installConnector(
  workshop: Workshop,
  { connector, scripts }: HandedIn,
  by: string,
): Promise<void> {
  const { db, ports } = workshop;
  const fault = schemaFault(connector.credentialSchema);
  if (fault !== null) {
    const problem = `credentialSchema: ${fault}`;
    throw new Problem(422, 'version_invalid', problem, { problems: [problem] });
  }
  const actions = await listFlowActions(db);
  const [{ flowTypeId } = { flowTypeId: '' }] = actions;
  const nowMs = ports.clock.nowMs();
  const known = (await listFlowTargets(db)).find(({ code }) => code === connector.key);
  // What an administrator decided outlives an upgrade: a target that is closed, renamed, or takes more currencies.
  const decided = known && by === SYSTEM ? known : connector;
  const target = await saveFlowTarget(db, {
    id: known?.id ?? connector.targetId ?? newTypeId('ftg', ports),
    flowTypeId,
    code: connector.key,
    name: decided.name,
    logo: decided.logo,
    status: known?.status ?? 'ENABLED',
    credentialSchema: connector.credentialSchema,
    inputSchema: decided.inputSchema,
    createdAt: nowMs,
    updatedAt: nowMs,
  }).catch(refuseTaken);
  for (const [name, packaged] of Object.entries(connector.actions)) {
    const action = actionNamed(actions, name);
    const { id } = await saveFlowDefinition(db, {
      id: packaged.definitionId ?? newTypeId('fld', ports),
      flowActionId: action.id,
      flowTargetId: target.id,
      description: descriptionOf(name, connector.key),
      createdAt: nowMs,
      updatedAt: nowMs,
    }).catch(refuseTaken);
    const draft = {
      text: scripts[packaged.script] ?? '',
      language: packaged.script.endsWith('.ts') ? ('typescript' as const) : ('javascript' as const),
      settings: settingsOf(connector, name as ActionName),
    };
    const versions = await listFlowVersions(db, id);
    if (versions.some((one) => one.status !== 'draft' && isSame(one, draft))) continue;
    const { number } = await createDraft(workshop, id, draft, by);
    await validateVersion(workshop, id, number);
    await publishVersion(workshop, id, number, by);
  }
}

const TAKEN: Readonly<Record<string, string>> = {
  flow_targets_flow_type_id_name_key: 'name',
  flow_targets_pkey: 'targetId',
  flow_definitions_pkey: 'definitionId',
};

/** 409 for what another connector has. */
export function refuseTaken(error: unknown): never {
  const field = TAKEN[violatedConstraint(error) ?? ''];
  if (field === undefined) throw error;
  throw new Problem(409, 'connector_exists', `Another connector has this ${field}`, { field });
}

/** `SYS-PSP-DEPOSIT-PAYMAXIS`, as the reference names them. */
export function descriptionOf(action: string, code: string): string {
  return `SYS-PSP-${action}-${code.toUpperCase()}`;
}

function actionNamed(actions: readonly FlowAction[], name: string): FlowAction {
  const found = actions.find((one) => one.name === name);
  if (!found) throw new Error(`the flow type has no action ${name}`);
  return found;
}

function isSame(
  a: { readonly text: string; readonly settings: unknown },
  b: { readonly text: string; readonly settings: unknown },
): boolean {
  return a.text === b.text && canonical(a.settings) === canonical(b.settings);
}

/** Independent of the order of members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
