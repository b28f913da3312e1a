// The doctor's question to every connection's PSP: are the credentials right? It moves no money.
import { manifestOf } from '../connectors/registry.ts';
import { checkCredentials } from '../flows/connection/check-credentials.ts';
import type { Context, Environment } from '../flows/context.ts';
import { findEnvironment } from '../store/environments.ts';
import { listOrganizations } from '../store/organizations.ts';
import type { Finding } from './doctor.ts';

/** More than that takes too long for a person who waits. */
const CONNECTIONS_MAX = 200;
const AT_ONCE = 8;
const PAGE = 200;

interface Asked {
  readonly environment: Environment;
  readonly connectionId: string;
  readonly provider: string;
}

/** `serverRuns`: without it nothing answers for the built-in simulators. */
export async function checkConnections(context: Context, serverRuns: boolean): Promise<Finding[]> {
  const all = await listConnections(context);
  const asked = all.slice(0, CONNECTIONS_MAX);
  const findings: Finding[] = [];
  const queue = asked.values();
  const worker = async () => {
    for (const one of queue) findings.push(await check(context, one, serverRuns));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (all.length > asked.length) {
    const detail = `${all.length - asked.length} more were not asked`;
    findings.push({ what: 'connections', state: 'note', detail });
  }
  if (all.length === 0)
    findings.push({ what: 'connections', state: 'note', detail: 'there are none yet' });
  return findings.sort((a, b) => (a.what < b.what ? -1 : 1));
}

async function listConnections(context: Context): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { organizations } = await listOrganizations(context.db, { limit: PAGE, offset });
    for (const { id } of organizations.flatMap((one) => one.environments)) {
      const environment = await findEnvironment(context.db, id);
      if (!environment) continue;
      const { connections } = await context.configurations.get(environment);
      for (const { id: connectionId, provider, status } of connections)
        if (status === 'active') asked.push({ environment, connectionId, provider });
    }
    if (organizations.length < PAGE) return asked;
  }
}

async function check(
  context: Context,
  { environment, connectionId, provider }: Asked,
  serverRuns: boolean,
): Promise<Finding> {
  const what = `${provider} ${environment.mode} ${connectionId}`;
  const simulated = context.simulatorOf(provider, environment.mode) !== null;
  if (simulated && !serverRuns)
    return {
      what,
      state: 'note',
      detail: 'simulated; not asked, because the server is not running',
    };
  try {
    const { credentialsOf } = await context.configurations.get(environment);
    const [manifest, credentials] = [manifestOf(provider), credentialsOf(connectionId)];
    if (!manifest || !credentials) return { what, state: 'note', detail: 'just removed' };
    const { status, message } = await checkCredentials(context, environment, manifest, credentials);
    if (status === 'unsupported') return { what, state: 'note', detail: message };
    const detail = simulated ? `${message} (simulated)` : message;
    return { what, state: status === 'valid' ? 'ok' : 'wrong', detail };
  } catch (error) {
    return { what, state: 'wrong', detail: error instanceof Error ? error.message : String(error) };
  }
}
