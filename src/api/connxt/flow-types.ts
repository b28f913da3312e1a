// GET /connxt/v2/flow-types/definitions: the gateways of a flow type, with the ids for the next two calls (connxt.md 5).
// The answer is the same for every caller, so it carries an ETag.
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import type { Catalogue } from '../../flows/flow-catalogue/catalogue.ts';
import type { CatalogueTarget, TargetLists } from '../../flows/flow-catalogue/targets.ts';
import { unknownId, validationFailed } from '../../flows/psp/refusals.ts';
import type { App } from '../app.ts';
import { success } from './envelope.ts';

const Query = Type.Object({ type: Type.Optional(Type.Unknown()) });

export function flowTypeRoutes(app: App, context: Context): void {
  const { flows, ports } = context;
  app.get(
    '/flow-types/definitions',
    { schema: { summary: 'Gateways of a flow type', querystring: Query } },
    async (request, reply) => {
      const wanted = typeNamed(request.query.type);
      await flows.refresh();
      const { types } = flows.current;
      const type =
        types.find(({ name }) => name === wanted) ??
        types.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
      if (!type) throw unknownId('type', 'Flow type');
      const data = definitionsView(flows.current, type);
      const etag = `"${createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 32)}"`;
      reply.headers({ etag, 'cache-control': 'private, no-cache' });
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return success(ports.clock, data);
    },
  );
}

/** The first of several counts. */
function typeNamed(value: unknown): string {
  const [first] = [value].flat();
  const text = typeof first === 'string' ? first.trim() : '';
  if (text === '')
    throw validationFailed({ field: 'type', message: 'Type is required', code: 'required' });
  return text;
}

function definitionsView(
  { actions, targets }: Catalogue,
  type: { readonly id: string; readonly name: string },
) {
  return {
    name: type.name,
    targets: targets
      .filter(({ flowTypeId }) => flowTypeId === type.id)
      .map((target) => ({
        id: target.id,
        name: target.name,
        logo: target.logo,
        status: target.status,
        credentialSchema: target.credentialSchema,
        inputSchema: inputSchemaOf(target.lists),
        actions: actions.map(({ id, name }) => ({
          id,
          name,
          definition: definitionOf(target, id),
        })),
      })),
  };
}

function definitionOf({ definitions }: CatalogueTarget, actionId: string) {
  const definition = definitions.get(actionId);
  if (!definition?.published) return null;
  const { id, description, version } = definition;
  return { id, description, inputSchema: version?.settings.inputSchema ?? {} };
}

/** A map of property to array schema, not a schema root (connxt.md row 7). */
function inputSchemaOf({ paymentMethods, countries, currencies }: TargetLists) {
  const choices = (list: readonly string[]) => ({
    type: 'array',
    items: { enum: list, type: 'string' },
  });
  return {
    paymentMethods: choices(paymentMethods),
    countries: choices(countries),
    currencies: choices(currencies),
  };
}
