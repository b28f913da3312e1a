// What Formance has and no provider of ours does: orders and conversions of exchanges, and links to customers' banks.
// Lists are empty, things are not found, and what would begin one is refused with the code that says so. Listed in
// docs/api/formance.md.
import type { FastifyRequest } from 'fastify';
import {
  type ConnectorRef,
  decodeConnector,
  decodeObject,
  findConnector,
} from '../../../domain/ledger/ids.ts';
import type { Context } from '../../../flows/context.ts';
import { Problem } from '../../../kernel/problem.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { invalidId, unknownThing } from '../envelope.ts';
import { answerList, type List, type Positioned } from '../list.ts';
import type { QueryFields } from '../query.ts';
import { mustFindUser } from '../service-users/routes.ts';

type Params = Readonly<Record<string, string>>;

export function absentRoutes(app: App, context: Context): void {
  exchangeRoutes(app, context);
  bankLinkRoutes(app, context);
}

const EXCHANGES = [
  ['orders', 'orderID', 'Order'],
  ['conversions', 'conversionID', 'Conversion'],
] as const;

function exchangeRoutes(app: App, context: Context): void {
  for (const [noun, parameter, word] of EXCHANGES) {
    app.get(`/v3/${noun}`, { schema: { summary: `List ${noun}: none` } }, (request) =>
      answerList(context, request, nothing(noun), (row) => row),
    );
    app.get(
      `/v3/${noun}/:${parameter}`,
      { schema: { summary: `Get one of the ${noun}: none` } },
      (request) => {
        const id = (request.params as Params)[parameter] ?? '';
        if (decodeObject(id) === null) throw invalidId(`${word} ID`);
        throw unknownThing(word);
      },
    );
  }
}

const USER = '/v3/payment-service-users/:paymentServiceUserID';
const AT_CONNECTOR = `${USER}/connectors/:connectorID`;

/** Links to customers' banks (open banking). */
function bankLinkRoutes(app: App, context: Context): void {
  const none = (summary: string) => ({ schema: { summary } });
  const links = async (request: FastifyRequest) => {
    await mustFindUser(context, request);
    return answerList(context, request, nothing('connections'), (row) => row);
  };
  const atConnector = async (request: FastifyRequest) => {
    await mustKnowConnector(context, request);
    return links(request);
  };
  const refuse = async (request: FastifyRequest): Promise<never> => {
    await mustKnowConnector(context, request);
    throw new Problem(
      400,
      'CONNECTOR_CAPABILITY_NOT_SUPPORTED',
      'The connector has no links to banks',
    );
  };
  const missing = (what: string) => async (request: FastifyRequest) => {
    await mustFindUser(context, request);
    await mustKnowConnector(context, request);
    throw unknownThing(what);
  };

  app.get(`${USER}/connections`, none('List links to banks: none'), links);
  app.get(`${AT_CONNECTOR}/connections`, none('List links to banks: none'), atConnector);
  app.get(`${AT_CONNECTOR}/link-attempts`, none('List begun links: none'), atConnector);
  app.get(
    `${AT_CONNECTOR}/link-attempts/:attemptID`,
    none('Get a begun link: none'),
    missing('Link attempt'),
  );
  app.post(`${AT_CONNECTOR}/forward`, none('Tell a provider of a user: none can be told'), refuse);
  app.post(`${AT_CONNECTOR}/create-link`, none('Link to a bank: none can be linked to'), refuse);
  app.post(
    `${AT_CONNECTOR}/connections/:connectionID/update-link`,
    none('Link to a bank again: none can be linked to'),
    refuse,
  );
  app.delete(AT_CONNECTOR, none('Forget a user at a provider: none knows any'), missing('User'));
  app.delete(
    `${AT_CONNECTOR}/connections/:connectionID`,
    none('Remove a link to a bank: none'),
    missing('Connection'),
  );
}

async function mustKnowConnector(context: Context, request: FastifyRequest): Promise<void> {
  const ref = connectorIn(request.params as Params);
  const { connections } = await context.configurations.get(callerOf(request).environment);
  if (!findConnector(connections, ref)) throw unknownThing('Connector');
}

function connectorIn({ connectorID = '' }: Params): ConnectorRef {
  const ref = decodeConnector(connectorID);
  if (!ref) throw invalidId('Connector ID');
  return ref;
}

const FIELDS: QueryFields = {
  id: { kind: 'text' },
  reference: { kind: 'text' },
  connector_id: { kind: 'text' },
  status: { kind: 'text' },
  metadata: { kind: 'map' },
};

function nothing(name: string): List<Positioned> {
  return {
    name,
    fields: () => FIELDS,
    sorts: {},
    defaultSort: { field: 'id', descending: true },
    tie: 'id',
    fetch: async () => [],
  };
}
