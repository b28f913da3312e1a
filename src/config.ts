// Every setting: name, default, limit, unit. Read once at start; a wrong one stops the start with a sentence.
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Null: the embedded Postgres in dataDir. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  /** Null: made once in dataDir. */
  readonly masterKey: string | null;
  readonly adminToken: string | null;
  /** Base of callback, webhook and checkout URLs; no trailing slash. Null: http://host:port. */
  readonly publicUrl: string | null;
  readonly roles: ReadonlySet<'api' | 'worker'>;
  /** Where sandbox connections go: the built-in simulators or the PSPs' own sandbox hosts. */
  readonly sandbox: 'simulator' | 'provider';
  readonly providerUrls: Readonly<Record<string, string>>;
  /** Sandbox endpoints of merchants may be on this machine or its network. */
  readonly localEndpoints: boolean;
  /** Database connections of this process. */
  readonly databaseConnections: number;
  /** Of one key, in this process; 0: no limit. */
  readonly requestsPerMinute: number;
  readonly logLevel: string;
  /** Threads that run connector scripts. */
  readonly scriptSlots: number;
}

export class ConfigError extends Error {}

type Env = Readonly<Record<string, string | undefined>>;

export function readConfig(env: Env): Config {
  const databaseUrl = text(env, 'DATABASE_URL');
  const masterKey = text(env, 'SWITCHYARD_MASTER_KEY');
  if (databaseUrl !== null && masterKey === null) {
    throw new ConfigError(
      'SWITCHYARD_MASTER_KEY is required with DATABASE_URL: 32 bytes in base64 (openssl rand -base64 32).',
    );
  }
  const publicUrl = text(env, 'SWITCHYARD_PUBLIC_URL');
  return {
    port: integer(env, 'PORT', 8081, 0, 65_535),
    host: text(env, 'HOST') ?? '127.0.0.1',
    databaseUrl,
    dataDir: resolve(text(env, 'SWITCHYARD_DATA_DIR') ?? './data'),
    masterKey,
    adminToken: adminToken(env),
    publicUrl: publicUrl === null ? null : httpUrl('SWITCHYARD_PUBLIC_URL', publicUrl),
    roles: roles(env),
    sandbox: oneOf(env, 'SWITCHYARD_SANDBOX', ['simulator', 'provider']),
    providerUrls: providerUrls(env),
    localEndpoints: localEndpoints(env),
    databaseConnections: integer(env, 'SWITCHYARD_DATABASE_CONNECTIONS', 20, 2, 500),
    requestsPerMinute: integer(env, 'SWITCHYARD_REQUESTS_PER_MINUTE', 300_000, 0, 10_000_000),
    scriptSlots: integer(
      env,
      'SWITCHYARD_SCRIPT_SLOTS',
      Math.max(2, availableParallelism()),
      1,
      64,
    ),
    logLevel: oneOf(env, 'SWITCHYARD_LOG_LEVEL', ['info', 'debug', 'warn', 'error', 'silent']),
  };
}

/** Where a server that listens there is reached from its own machine. */
export function httpAddress(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function adminToken(env: Env): string | null {
  const token = text(env, 'SWITCHYARD_ADMIN_TOKEN');
  if (token === null || (token.length >= 8 && !/\s/.test(token))) return token;
  throw new ConfigError('SWITCHYARD_ADMIN_TOKEN must have at least 8 characters and no spaces.');
}

function text(env: Env, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

function integer(env: Env, name: string, fallback: number, min: number, max: number): number {
  const value = text(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}.`);
}

/** The first choice is the default. */
function oneOf<const T extends string>(env: Env, name: string, choices: readonly [T, ...T[]]): T {
  const value = text(env, name);
  if (value === null) return choices[0];
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new ConfigError(`${name} must be one of: ${choices.join(', ')}.`);
}

function roles(env: Env): Set<'api' | 'worker'> {
  const words = (text(env, 'SWITCHYARD_ROLES') ?? 'api,worker')
    .split(',')
    .map((word) => word.trim());
  const known = words.filter((word) => word === 'api' || word === 'worker');
  if (known.length === words.length) return new Set(known);
  throw new ConfigError('SWITCHYARD_ROLES must be api, worker or api,worker.');
}

/** A developer's machine calls itself; one that calls real sandboxes or that others reach is none. */
function localEndpoints(env: Env): boolean {
  const simulates = oneOf(env, 'SWITCHYARD_SANDBOX', ['simulator', 'provider']) === 'simulator';
  const usual = simulates && /^(127\.|::1$|localhost$)/.test(text(env, 'HOST') ?? '127.0.0.1');
  const name = 'SWITCHYARD_LOCAL_ENDPOINTS';
  return text(env, name) === null ? usual : oneOf(env, name, ['allow', 'refuse']) === 'allow';
}

function httpUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:'))
    return value.replace(/\/+$/, '');
  throw new ConfigError(`${name} must be an http or https URL.`);
}

function providerUrls(env: Env): Record<string, string> {
  const name = 'SWITCHYARD_PROVIDER_URLS';
  const value = text(env, name);
  if (value === null) return {};
  const wrong = new ConfigError(`${name} must be a JSON object of provider to base URL.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw wrong;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw wrong;
  return Object.fromEntries(
    Object.entries(parsed).map(([provider, url]) => {
      if (typeof url !== 'string') throw wrong;
      return [provider, httpUrl(`${name}.${provider}`, url)];
    }),
  );
}
