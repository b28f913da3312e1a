// Accounts at PSPs and their balances, v1 and v3 (api/formance.md sections 2, 3 and 5).
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { unitOfSourced } from '../../../domain/ledger/asset.ts';
import { createAccount } from '../../../flows/account/create.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import {
  type Account,
  type Balance,
  findAccount,
  type Paged,
  pageBalances,
} from '../../../store/accounts.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { invalidField, unknownThing } from '../envelope.ts';
import { answerList, type List } from '../list.ts';
import { connectionIn, namedIn } from '../named.ts';
import { assetIn, bodyOf, metadataIn, optionalText, textIn, timeIn, wordIn } from '../read-body.ts';
import { accountList } from './list.ts';
import { v1Account, v1Balance, v3Account, v3Balance } from './view.ts';

const schema = {
  params: Type.Object({ accountID: Type.String({ minLength: 1, maxLength: 8_000 }) }),
};
/** A client's clock may be ahead of ours by this much. */
const SKEW_MS = 60_000;

export function accountRoutes(app: App, context: Context): void {
  const list = accountList(context);
  const configured = (request: FastifyRequest) =>
    context.configurations.get(callerOf(request).environment);

  app.post('/accounts', { schema: { summary: 'Create an account' } }, async (request) => {
    const configuration = await configured(request);
    return { data: v1Account(configuration, await create(context, request, configuration)) };
  });
  app.post('/v3/accounts', { schema: { summary: 'Create an account' } }, async (request, reply) => {
    const configuration = await configured(request);
    const data = v3Account(configuration, await create(context, request, configuration));
    return reply.code(201).send({ data });
  });

  app.get('/accounts', { schema: { summary: 'List accounts' } }, async (request) => {
    const configuration = await configured(request);
    return answerList(context, request, list, (one) => v1Account(configuration, one));
  });
  app.get('/v3/accounts', { schema: { summary: 'List accounts' } }, async (request) => {
    const configuration = await configured(request);
    return answerList(context, request, list, (one) => v3Account(configuration, one));
  });

  app.get('/accounts/:accountID', { schema }, async (request) => {
    const configuration = await configured(request);
    return { data: v1Account(configuration, await mustFind(context, request, configuration)) };
  });
  app.get('/v3/accounts/:accountID', { schema }, async (request) => {
    const configuration = await configured(request);
    return { data: v3Account(configuration, await mustFind(context, request, configuration)) };
  });

  app.get('/accounts/:accountID/balances', { schema }, async (request) => {
    const configuration = await configured(request);
    const account = await mustFind(context, request, configuration);
    askBalances(request, 'from', 'to');
    return answerList(context, request, balanceList(context, account), (one) =>
      v1Balance(configuration, one),
    );
  });
  app.get('/v3/accounts/:accountID/balances', { schema }, async (request) => {
    const configuration = await configured(request);
    const account = await mustFind(context, request, configuration);
    askBalances(request, 'fromTimestamp', 'toTimestamp');
    return answerList(context, request, balanceList(context, account), (one) =>
      v3Balance(configuration, one),
    );
  });
}

function create(context: Context, request: FastifyRequest, configuration: Configuration) {
  const body = bodyOf(request.body);
  const nowMs = context.ports.clock.nowMs();
  const reference = textIn(body.reference, 'Reference');
  const connection = connectionIn(configuration, body.connectorID, 'ConnectorID');
  const createdAt = timeIn(body.createdAt, 'CreatedAt');
  if (createdAt > nowMs + SKEW_MS) throw invalidField('CreatedAt', 'must not be in the future');
  const type = wordIn(body.type, 'Type', ['INTERNAL', 'EXTERNAL']);
  const given = optionalText(body.defaultAsset, 'DefaultAsset');
  const { asset, unit } = given === null ? NO_ASSET : assetIn(given, 'DefaultAsset');
  return createAccount(context, connection.provider, {
    environmentId: callerOf(request).environment.id,
    connectionId: connection.id,
    reference,
    type,
    name: optionalText(body.accountName, 'AccountName') ?? '',
    defaultAsset: asset,
    defaultUnit: unit,
    metadata: metadataIn(body.metadata),
    raw: {},
    bankAccountId: null,
    userId: null,
    createdAt,
  });
}

const NO_ASSET = { asset: null, unit: null };

async function mustFind(
  { db }: Context,
  request: FastifyRequest,
  configuration: Configuration,
): Promise<Account> {
  const { accountID } = request.params as { readonly accountID: string };
  const name = namedIn(configuration, accountID, 'Account');
  const account = await findAccount(db, callerOf(request).environment.id, name);
  if (!account) throw unknownThing('Account');
  return account;
}

function balanceList({ db }: Context, account: Account): List<Balance & Paged> {
  return {
    name: `balances ${account.connectionId} ${account.reference}`,
    fields: () => ({ asset: { kind: 'text', read: unitOfSourced }, created_at: { kind: 'time' } }),
    sorts: { createdAt: 'created_at' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: (environment, page) => pageBalances(db, environment.id, account, page),
  };
}

/** The parameters of the route as a query, which the cursor of the next page keeps. */
function askBalances(request: FastifyRequest, from: string, to: string): void {
  const asked = request.query as Record<string, unknown>;
  const text = (name: string) => optionalText(asked[name], name);
  const time = (name: string) => {
    const said = text(name);
    if (said !== null) timeIn(said, name);
    return said;
  };
  const [asset, after, before, limit] = [text('asset'), time(from), time(to), text('limit')];
  const terms = [
    ...(asset === null ? [] : [{ $match: { asset } }]),
    ...(after === null ? [] : [{ $gte: { created_at: after } }]),
    ...(before === null ? [] : [{ $lte: { created_at: before } }]),
  ];
  if (limit !== null && !asked.pageSize) asked.pageSize = limit;
  asked.query = JSON.stringify({ $and: terms });
}
