// POST and GET /admin/v1/organizations: how an operator adds a merchant. Secrets are in the answer of the POST only.
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { createOrganization, type FirstKeys } from '../../flows/organization/create.ts';
import { notFound } from '../../kernel/problem.ts';
import {
  findOrganization,
  listOrganizations,
  type Organization,
} from '../../store/organizations.ts';
import type { App } from '../app.ts';
import { idempotent } from '../idempotency/idempotent.ts';
import { operatorChange } from './operator.ts';

const NewOrganizationBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  default_country: Type.Optional(Type.String({ minLength: 2, maxLength: 2 })),
});

const EnvironmentView = Type.Object({
  id: Type.String(),
  mode: Type.Enum(['sandbox', 'live']),
});

const OrganizationView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  brand_id: Type.String(),
  default_country: Type.Union([Type.String(), Type.Null()]),
  created_at: Type.String(),
  environments: Type.Array(EnvironmentView),
});

const Page = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  offset: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
});

const OrganizationList = Type.Object({
  organizations: Type.Array(OrganizationView),
  pagination: Type.Object({
    total: Type.Integer(),
    limit: Type.Integer(),
    offset: Type.Integer(),
  }),
});

export function organizationRoutes(app: App, context: Context): void {
  app.post(
    '/organizations',
    {
      config: { missingCodes: { name: 'missing_name' } },
      schema: {
        summary: 'Add an organization with a sandbox and a live environment',
        body: NewOrganizationBody,
      },
    },
    (request, reply) => {
      const { name, default_country: defaultCountry = null } = request.body;
      return idempotent(
        context,
        request,
        reply,
        async (tx) => {
          const change = operatorChange(context, request);
          const made = await createOrganization(context, tx, { name, defaultCountry }, change);
          return { status: 201, body: createdView(made.organization, made.keys) };
        },
        { environmentId: 'admin', secret: true, conflictStatus: 422 },
      );
    },
  );

  app.get(
    '/organizations',
    {
      schema: {
        summary: 'List organizations, newest first',
        querystring: Page,
        response: { 200: OrganizationList },
      },
    },
    async ({ query }) => {
      const { organizations, total } = await listOrganizations(context.db, query);
      const { limit, offset } = query;
      return { organizations: organizations.map(view), pagination: { total, limit, offset } };
    },
  );

  app.get(
    '/organizations/:id',
    {
      schema: {
        summary: 'Show an organization',
        params: Type.Object({ id: Type.String() }),
        response: { 200: OrganizationView },
      },
    },
    async ({ params }) => {
      const organization = await findOrganization(context.db, params.id);
      if (!organization) throw notFound('Organization', 'organization_not_found');
      return view(organization);
    },
  );
}

function view({ id, name, brandId, defaultCountry, createdAt, environments }: Organization) {
  return {
    id,
    name,
    brand_id: brandId,
    default_country: defaultCountry,
    created_at: new Date(createdAt).toISOString(),
    environments: environments.map((one) => ({ id: one.id, mode: one.mode })),
  };
}

/** The one answer that shows secrets. */
function createdView(organization: Organization, keys: readonly FirstKeys[]) {
  const shown = view(organization);
  return {
    ...shown,
    environments: shown.environments.map((environment, i) => {
      const { reevitApiKey, connxtSecretToken, formanceClient } = keys[i]!;
      const { clientId, clientSecret } = formanceClient;
      return {
        ...environment,
        reevit_api_key: reevitApiKey,
        connxt_secret_token: connxtSecretToken,
        formance_client: { client_id: clientId, client_secret: clientSecret },
      };
    }),
  };
}
