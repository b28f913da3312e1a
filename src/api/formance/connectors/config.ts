// Configurations of connectors in Formance's words (api/formance.md section 9): the credentials under Formance's names
// where it has some, a name, a polling period. Secrets are never shown, and their mask sent back changes nothing.
import { parseDuration } from '../../../domain/ledger/duration.ts';
import { providerOfWord, v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import { baseUrlOf, credentialFields, isProvider } from '../../../flows/connector/providers.ts';
import { Problem } from '../../../kernel/problem.ts';
import type { ListedConnector } from '../../../store/connector-settings.ts';
import { invalidField } from '../envelope.ts';
import { inFormanceWords } from '../initiations/refusals.ts';
import { bodyOf, textIn } from '../read-body.ts';

const MASK = '********';
const POLLING_PERIOD = '30m';
const MINUTE_MS = 60_000;
const POLLING_PERIOD_MIN_MS = 20 * MINUTE_MS;
const POLLING_PERIOD_MAX_MS = 365 * 24 * 60 * MINUTE_MS;

/** Formance's names of credentials, where they are not ours in camel case. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stripe: { secret_key: 'apiKey' },
};

function wireName(provider: string, { name }: { readonly name: string }): string {
  return (
    NAMES[provider]?.[name] ?? name.replace(/_([a-z0-9])/g, (_, one: string) => one.toUpperCase())
  );
}

/** Our word for the provider of a path: 400 for one that cannot be installed. */
export function installable(word: string): string {
  const provider = providerOfWord(word);
  if (!isProvider(provider)) throw invalidField('Connector', 'is not one that can be installed');
  return provider;
}

export interface SaidConfig {
  readonly name: string | null;
  readonly pollingPeriod: string | null;
  /** Under our names; without those that are left out or masked. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** What is wrong with a configuration, under the names that it has here: our `credentials.secret_key` is `apiKey`. */
export async function inWireNames<T>(provider: string, work: Promise<T>): Promise<T> {
  try {
    return await inFormanceWords(work);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'invalid_credentials') throw error;
    const fields = credentialFields(provider);
    const message = error.message.replace(/\bcredentials\.(\w+)/g, (whole, name) => {
      const field = fields.find((one) => one.name === name);
      return field ? wireName(provider, field) : whole;
    });
    throw new Problem(400, 'VALIDATION', message);
  }
}

/** A configuration as it is posted: keys are without case, those that nothing needs are dropped. */
export function readConfig(value: unknown, provider: string): SaidConfig {
  const said = new Map(Object.entries(bodyOf(value)).map(([key, one]) => [key.toLowerCase(), one]));
  const word = said.get('provider');
  if (word !== undefined && !names(word, provider)) throw invalidField('Provider', 'is invalid');
  return {
    name: said.has('name') ? textIn(said.get('name'), 'Name', 3, 500) : null,
    pollingPeriod: readPeriod(said.get('pollingperiod')),
    credentials: readCredentials(said, provider),
  };
}

export function readNewConfig(value: unknown, provider: string) {
  const { name, pollingPeriod, credentials } = readConfig(value, provider);
  return {
    provider,
    credentials,
    name: name ?? textIn(undefined, 'Name'),
    pollingPeriod: pollingPeriod ?? POLLING_PERIOD,
  };
}

/** Providers without a shape of their own at Formance go as `Generic`. */
function names(word: unknown, provider: string): boolean {
  const said = typeof word === 'string' ? providerOfWord(word) : null;
  return said === provider || (said === 'generic' && v1ProviderOf(provider) === null);
}

function readPeriod(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  const text = textIn(value, 'PollingPeriod', 1, 60);
  const ms = parseDuration(text);
  if (ms === null) throw invalidField('PollingPeriod', 'is invalid');
  if (ms < POLLING_PERIOD_MIN_MS) throw invalidField('PollingPeriod', 'must be at least 20m');
  if (ms > POLLING_PERIOD_MAX_MS) throw invalidField('PollingPeriod', 'must be at most 8760h');
  return text;
}

function readCredentials(said: ReadonlyMap<string, unknown>, provider: string) {
  const read: Record<string, string> = {};
  for (const field of credentialFields(provider)) {
    const name = wireName(provider, field);
    const value = said.get(name.toLowerCase());
    if (value === undefined || value === null || value === MASK) continue;
    if (typeof value !== 'string') throw invalidField(name, 'is invalid');
    read[field.name] = value;
  }
  return read;
}

/** A connector's configuration, with `provider` in Formance's spelling, as the SDK's union wants it. */
export function configView(configuration: Configuration, connector: ListedConnector) {
  const { id, provider, name } = connector;
  const credentials = configuration.credentialsOf(id) ?? {};
  const own = credentialFields(provider).flatMap((field) => {
    const value = credentials[field.name];
    return value === undefined ? [] : [[wireName(provider, field), field.secret ? MASK : value]];
  });
  const isKnown = v1ProviderOf(provider) !== null;
  const shape = isKnown ? {} : { apiKey: MASK, endpoint: endpointOf(configuration, connector) };
  return {
    provider: isKnown ? titleOf(provider) : 'Generic',
    name,
    pollingPeriod: periodView(connector),
    pageSize: 25,
    ...shape,
    ...Object.fromEntries(own),
  };
}

/** As it was said, unless an operator has set another since. */
function periodView({ pollingPeriod, periodS }: ListedConnector): string {
  const isSaid =
    periodS === null || Math.round((parseDuration(pollingPeriod) ?? 0) / 1000) === periodS;
  return isSaid ? pollingPeriod : `${periodS}s`;
}

function endpointOf(configuration: Configuration, { id, provider }: ListedConnector): string {
  const mode = configuration.connection(id)?.mode ?? 'sandbox';
  return baseUrlOf(provider, mode);
}

function titleOf(provider: string): string {
  return provider.slice(0, 1).toUpperCase() + provider.slice(1);
}

/** What a configuration of the provider may say. */
export function configFields(provider: string) {
  const fields = credentialFields(provider).map((field) => [
    wireName(provider, field),
    { dataType: 'string', required: field.required },
  ]);
  return {
    name: { dataType: 'string', required: true },
    pollingPeriod: { dataType: 'duration ns', required: false, defaultValue: POLLING_PERIOD },
    ...Object.fromEntries(fields),
  };
}
