// PSPs: POST /psps/external as the reference has it, and reading, changing, opening and closing them (connxt.md 6, 8).
import { type Static, Type } from 'typebox';
import type { Context, Environment } from '../../../flows/context.ts';
import type { CatalogueTarget } from '../../../flows/flow-catalogue/targets.ts';
import { getPsp, listEnvironmentPsps, type Psp } from '../../../flows/psp/psp.ts';
import { validationFailed } from '../../../flows/psp/refusals.ts';
import { createPsp, setPspStatus, updatePsp } from '../../../flows/psp/save-psp.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { brands } from '../brand.ts';
import { localTimeOf, success } from '../envelope.ts';
import { Page, pageOf } from '../page.ts';

const LOGO_MAX = 256 * 1024;

const Text = Type.Union([Type.String(), Type.Null()]);
const Operation = Type.Object({
  flowActionId: Type.String({ minLength: 1, maxLength: 80 }),
  flowDefinitionId: Type.String({ minLength: 1, maxLength: 80 }),
  status: Type.Enum(['ENABLED', 'DISABLED']),
});

const fields = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  logo: Type.Optional(Text),
  description: Type.Optional(Text),
  operations: Type.Array(Operation, { minItems: 1, maxItems: 20 }),
};
const Credential = Type.Union([
  Type.String({ minLength: 1, maxLength: 65_536 }),
  Type.Object({}, { additionalProperties: true }),
]);

const CreateBody = Type.Object({
  ...fields,
  credential: Credential,
  flowTargetId: Type.String({ minLength: 1, maxLength: 80 }),
});
const UpdateBody = Type.Object({ ...fields, credential: Type.Optional(Credential) });

const Id = Type.Object({ pspId: Type.String({ maxLength: 200 }) });
const IdAndStatus = Type.Object({
  pspId: Type.String({ maxLength: 200 }),
  status: Type.Enum(['ENABLED', 'DISABLED']),
});

export function pspRoutes(app: App, context: Context): void {
  const { clock } = context.ports;
  const brandOf = brands(context);
  const view = async (environment: Environment, psp: Psp) =>
    pspView(context, await brandOf(environment), environment, psp);

  app.post(
    '/psps/external',
    { schema: { summary: 'Create a PSP and its operations', body: CreateBody } },
    async (request) => {
      const caller = callerOf(request);
      const { flowTargetId, credential } = request.body;
      const asked = { ...askedOf(request.body), credential };
      const psp = await createPsp(context, caller, flowTargetId.trim(), asked);
      return success(clock, await view(caller.environment, psp));
    },
  );
  app.get(
    '/psps',
    { schema: { summary: 'List PSPs, newest first', querystring: Type.Object(Page) } },
    async (request) => {
      const { environment } = callerOf(request);
      const { page, size } = request.query;
      const window = { limit: size, offset: page * size };
      const { psps, total } = await listEnvironmentPsps(context, environment, window);
      const data = await Promise.all(psps.map((psp) => view(environment, psp)));
      return pageOf(clock, data, request.query, total);
    },
  );
  app.get('/psps/:pspId', { schema: { summary: 'Show a PSP', params: Id } }, async (request) => {
    const { environment } = callerOf(request);
    const psp = await getPsp(context, environment, request.params.pspId);
    return success(clock, await view(environment, psp));
  });
  app.put(
    '/psps/:pspId',
    { schema: { summary: 'Replace a PSP', params: Id, body: UpdateBody } },
    async (request) => {
      const caller = callerOf(request);
      const asked = { ...askedOf(request.body), credential: request.body.credential ?? null };
      const psp = await updatePsp(context, caller, request.params.pspId, asked);
      return success(clock, await view(caller.environment, psp));
    },
  );
  app.put(
    '/psps/:pspId/:status',
    { schema: { summary: 'Enable or disable a PSP', params: IdAndStatus } },
    async (request) => {
      const caller = callerOf(request);
      const { pspId, status } = request.params;
      const psp = await setPspStatus(context, caller, pspId, status);
      return success(clock, await view(caller.environment, psp));
    },
  );
}

function askedOf({
  name,
  logo = null,
  description = null,
  operations,
}: Pick<Static<typeof CreateBody>, 'name' | 'logo' | 'description' | 'operations'>) {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > 100)
    throw wrong(
      'name',
      trimmed === '' ? 'Name is required' : 'Name must have at most 100 characters',
    );
  if (description !== null && description.length > 500)
    throw wrong('description', 'Description must have at most 500 characters');
  if (logo !== null && logo !== '' && !isLogo(logo))
    throw wrong('logo', 'Logo must be an https URL or a base64 image of at most 256 KB');
  const wanted = operations.map(({ flowActionId, flowDefinitionId, status }) => ({
    flowActionId,
    flowDefinitionId,
    status,
  }));
  return { name: trimmed, logo: logo === '' ? null : logo, description, operations: wanted };
}

function isLogo(logo: string): boolean {
  const image = /^data:image\/(png|jpeg|webp|svg\+xml)[;,]/;
  return logo.length <= LOGO_MAX && (image.test(logo) || /^https:\/\/\S+$/.test(logo));
}

function wrong(field: string, message: string) {
  return validationFailed({ field, message, code: 'schema' });
}

function pspView(context: Context, brandId: string, environment: Environment, psp: Psp) {
  const { id, name, description, logo, status, target, operations, createdAt, updatedAt } = psp;
  return {
    id,
    name,
    description,
    logo,
    credential: '***ENCRYPTED***',
    brandId,
    environmentId: environment.id,
    flowTargetId: target.id,
    status,
    createdAt: localTimeOf(createdAt),
    updatedAt: localTimeOf(updatedAt),
    createdBy: environment.id,
    updatedBy: environment.id,
    operations,
    flowTarget: flowTargetView(context, target),
  };
}

function flowTargetView({ flows }: Context, target: CatalogueTarget) {
  const { currencies, countries, paymentMethods } = target.lists;
  return {
    id: target.id,
    credentialSchema: JSON.stringify(target.credentialSchema),
    flowTypeId: target.flowTypeId,
    currencies,
    countries,
    paymentMethods,
    supportedActions: flows.current.actions.flatMap(({ id, name }) => {
      const definition = target.definitions.get(id);
      return definition?.published
        ? [{ flowActionId: id, flowDefinitionId: definition.id, flowActionName: name }]
        : [];
    }),
  };
}
