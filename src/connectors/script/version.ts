// One version of a definition as it runs: its module, and what was settled with it when it was published.
import type { ScriptStep } from './contract.ts';
import type { ScriptConnector } from './description.ts';

type ScriptAction = keyof ScriptConnector['actions'];
type Packaged = NonNullable<ScriptConnector['actions'][ScriptAction]>;

/** Immutable with the version. */
export type VersionSettings = Pick<
  ScriptConnector,
  'egress' | 'webhook' | 'capabilities' | 'errors'
> &
  Pick<Packaged, 'inputSchema' | 'outputSchema' | 'flowConfiguration'> & {
    readonly steps: readonly ScriptStep[];
  };

export interface ScriptVersion {
  readonly definitionId: string;
  readonly number: number;
  readonly sha256: string;
  /** JavaScript as checked at upload. */
  readonly source: string;
  readonly settings: VersionSettings;
}

/** The settings of one action of a connector that is handed in whole. */
export function settingsOf(connector: ScriptConnector, action: ScriptAction): VersionSettings {
  const { egress, webhook, capabilities, errors, actions } = connector;
  const packaged = actions[action];
  if (!packaged) throw new Error(`${connector.key} has no ${action}`);
  const { steps, inputSchema, outputSchema, flowConfiguration } = packaged;
  return {
    egress,
    webhook,
    capabilities,
    errors,
    steps,
    inputSchema,
    outputSchema,
    flowConfiguration,
  };
}
