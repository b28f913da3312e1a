// `switchyard keys create`. Prints JSON in the shape of POST /admin/v1/organizations, so that scripts can read it.
import { readConfig } from '../config.ts';
import { createApiKey } from '../flows/api-key/create.ts';
import { serverScopes } from '../flows/api-key/new-key.ts';
import type { Context } from '../flows/context.ts';
import { createOrganization } from '../flows/organization/create.ts';
import { findEnvironment } from '../store/environments.ts';
import { listOrganizations, type Organization } from '../store/organizations.ts';
import { CommandError } from './fault.ts';
import { commandChange } from './note-command.ts';
import { withContext } from './with-context.ts';

interface Options {
  readonly organization: string;
  readonly mode: 'sandbox' | 'live';
  readonly name: string;
  readonly country?: string;
}

export async function createKeys(options: Options): Promise<void> {
  const made = await withContext(readConfig(process.env), async (context) => {
    const found = await findByIdOrName(context, options.organization);
    return found ? oneMore(context, found, options) : newOne(context, options);
  });
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`);
}

async function newOne(context: Context, { organization: name, country }: Options) {
  if (name.startsWith('org_')) throw new CommandError(`There is no organization ${name}.`);
  const wanted = { name, defaultCountry: country ?? null };
  const { organization, keys } = await context.db.transaction((tx) =>
    createOrganization(context, tx, wanted, commandChange(context)),
  );
  return {
    id: organization.id,
    name: organization.name,
    brand_id: organization.brandId,
    environments: organization.environments.map(({ id, mode }, index) => {
      const { reevitApiKey, connxtSecretToken, formanceClient } = keys[index]!;
      return {
        id,
        mode,
        reevit_api_key: reevitApiKey,
        connxt_secret_token: connxtSecretToken,
        formance_client: {
          client_id: formanceClient.clientId,
          client_secret: formanceClient.clientSecret,
        },
      };
    }),
  };
}

async function oneMore(context: Context, { id, environments }: Organization, options: Options) {
  const { mode, name } = options;
  const environmentId = environments.find((one) => one.mode === mode)?.id ?? '';
  const environment = await findEnvironment(context.db, environmentId);
  if (!environment) throw new CommandError(`Organization ${id} has no ${mode} environment.`);
  const operator = { environment, keyId: 'cli', scopes: serverScopes, actorId: 'operator' };
  const wanted = { name, scopes: serverScopes };
  const { stored, key } = await createApiKey(context, context.db, operator, wanted);
  return { id: stored.id, organization_id: id, mode, name: stored.name, reevit_api_key: key };
}

async function findByIdOrName({ db }: Context, idOrName: string): Promise<Organization | null> {
  const limit = 200;
  const matches: Organization[] = [];
  for (let offset = 0; ; offset += limit) {
    const { organizations } = await listOrganizations(db, { limit, offset });
    matches.push(...organizations.filter(({ id, name }) => id === idOrName || name === idOrName));
    if (organizations.length < limit) break;
  }
  if (matches.length > 1)
    throw new CommandError(
      `${matches.length} organizations are called ${idOrName}: name one by its id (${matches.map(({ id }) => id).join(', ')}).`,
    );
  return matches[0] ?? null;
}
