// Tries a connection out before it is made: nothing is stored. Wrong credentials are an answer, not an error.
import type { CredentialField, Manifest } from '../../connectors/contract.ts';
import { manifestOf } from '../../connectors/registry.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Context, Environment } from '../context.ts';
import { checkCredentials } from './check-credentials.ts';
import { type PostedConnection, readConnection } from './read-connection.ts';
import { declaredBy } from './view.ts';

export interface TestedConnection {
  readonly ok: boolean;
  readonly message: string;
  readonly capabilities: object;
  /** By feature: `payments`, `refunds`, `payouts`. */
  readonly validation: Readonly<Record<string, Feature>>;
}

interface Feature {
  readonly supported: boolean;
  readonly ready: boolean;
  readonly required_fields: readonly string[];
  readonly missing_fields: readonly string[];
  readonly message: string;
}

export async function testConnection(
  context: Context,
  environment: Environment,
  posted: PostedConnection,
): Promise<TestedConnection> {
  try {
    const { manifest, credentials } = readConnection(posted, environment.mode);
    const checked = await checkCredentials(context, environment, manifest, credentials);
    const message = checked.ok ? 'Connection validated successfully' : checked.message;
    return tested(posted, manifest, checked.ok, message, []);
  } catch (error) {
    const manifest = manifestOf(posted.provider.trim().toLowerCase());
    if (!(error instanceof Problem) || error.code !== 'invalid_credentials' || !manifest)
      throw error;
    return tested(posted, manifest, false, error.message, missingIn(manifest, posted));
  }
}

function tested(
  { capabilities }: PostedConnection,
  manifest: Manifest,
  ok: boolean,
  message: string,
  missing: readonly string[],
): TestedConnection {
  const { operations } = manifest.capabilities;
  const required = manifest.credentials.filter(isRequired).map(({ name }) => name);
  const feature = (supported: boolean): Feature => ({
    supported,
    ready: supported && ok,
    required_fields: required,
    missing_fields: missing,
    message: ok ? '' : message,
  });
  return {
    ok,
    message,
    capabilities: capabilities ?? declaredBy(manifest.provider),
    validation: {
      payments: feature(operations.includes('charge')),
      refunds: feature(operations.includes('refund')),
      payouts: feature(operations.includes('payout')),
    },
  };
}

function missingIn({ credentials }: Manifest, { credentials: given }: PostedConnection): string[] {
  const names = new Set(Object.keys(given).map(bare));
  return credentials
    .filter(isRequired)
    .filter(({ name, aliases = [] }) => ![name, ...aliases].some((one) => names.has(bare(one))))
    .map(({ name }) => name);
}

function isRequired({ required }: CredentialField): boolean {
  return required;
}

/** `secretKey` and `secret_key` are one name. */
function bare(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}
