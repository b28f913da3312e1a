// Reads the settings of a version as an administrator sends them, by the same rules as those of a whole connector.
import { readScriptConnector } from '../../connectors/script/description.ts';
import { settingsOf, type VersionSettings } from '../../connectors/script/version.ts';
import { Problem } from '../../kernel/problem.ts';
import type { HandedIn } from './install.ts';

const FIRST: VersionSettings = {
  steps: ['initiate', 'redirect', 'webhook', 'sync'],
  egress: [],
  webhook: {
    verify: 'script',
    ack: { status: 200, body: 'OK', contentType: 'text/plain' },
    locate: [],
    locatePsp: [],
  },
  capabilities: {
    partialRefund: false,
    direct: false,
    reportsAmount: false,
    linkLifetimeSec: 900,
    abandonAfterSec: 86_400,
  },
  errors: {},
  inputSchema: {},
  outputSchema: {},
  flowConfiguration: null,
};

/** What is left out comes from the version before, or is what a first script needs. */
export function settingsFrom(given: object | undefined, before: VersionSettings | null) {
  const known = before ?? FIRST;
  const wanted = { ...known, ...given };
  const { steps, inputSchema, outputSchema, flowConfiguration, ...shared } = wanted;
  const action = { script: 'code', steps, inputSchema, outputSchema, flowConfiguration };
  const read = readScriptConnector({
    ...shared,
    key: 'settings',
    version: '1.0.0',
    name: 'settings',
    logo: null,
    credentialSchema: {},
    inputSchema: { currencies: [], countries: [], paymentMethods: [] },
    actions: { DEPOSIT: action },
  });
  if ('connector' in read) return settingsOf(read.connector, 'DEPOSIT');
  const problems = read.problems.map((one) => one.replace('actions.DEPOSIT.', ''));
  const message = `settings: ${problems[0]}`;
  throw new Problem(400, 'validation_error', message, { field: 'settings', problems });
}

/** A whole connector as an administrator sends it: `connector.json`, and the text of each file that it names. */
export function readHandedIn(connector: unknown, scripts: HandedIn['scripts']): HandedIn {
  const read = readScriptConnector(connector);
  if ('connector' in read) return { connector: read.connector, scripts };
  const { problems } = read;
  throw new Problem(400, 'validation_error', `connector: ${problems[0]}`, { problems });
}
