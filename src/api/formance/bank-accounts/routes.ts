// Bank accounts, v1 and v3 (api/formance.md sections 2, 3 and 5): shown masked, forwarded to connections, where they are
// external accounts that a payout can name.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { createBankAccount, forwardBankAccount } from '../../../flows/bank-account/create.ts';
import type { Configuration } from '../../../flows/configuration.ts';
import type { Context } from '../../../flows/context.ts';
import { finishedTask } from '../../../flows/ledger-task.ts';
import { accountsOfBankAccounts } from '../../../store/accounts.ts';
import {
  type BankAccount,
  findBankAccount,
  mergeBankMetadata,
  pageBankAccounts,
} from '../../../store/bank-accounts.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { accountIdOf } from '../accounts/view.ts';
import { unknownThing } from '../envelope.ts';
import { answerList, type List, type Positioned } from '../list.ts';
import { mustFitInto, readMetadataPatch } from '../metadata.ts';
import { connectionIn, connectorOfRow, objectId } from '../named.ts';
import { bodyOf, uuidIn } from '../read-body.ts';
import { readBankAccount } from './read.ts';
import { type Related, v1BankAccount, v3BankAccount } from './view.ts';

const schema = { params: Type.Object({ bankAccountID: Type.String({ maxLength: 100 }) }) };

export function bankAccountRoutes(app: App, context: Context): void {
  const { db } = context;
  const configured = (request: FastifyRequest) =>
    context.configurations.get(callerOf(request).environment);
  const list = bankAccountList(context);

  app.post('/bank-accounts', { schema: { summary: 'Create a bank account' } }, async (request) => {
    const configuration = await configured(request);
    const { environment } = callerOf(request);
    const { connectorID } = bodyOf(request.body);
    const connection = connectorID ? connectionIn(configuration, connectorID, 'ConnectorID') : null;
    const asked = readBankAccount(request.body, true);
    const account = await db.transaction(async (tx) => {
      const made = await createBankAccount(context, tx, environment, asked);
      if (connection) await forwardBankAccount(context, tx, made, connection.id);
      return made;
    });
    return { data: v1BankAccount(configuration, await related(context, account)) };
  });
  app.post(
    '/v3/bank-accounts',
    { schema: { summary: 'Create a bank account' } },
    async (request, reply) => {
      const { environment } = callerOf(request);
      const asked = readBankAccount(request.body, false);
      const { id } = await createBankAccount(context, db, environment, asked);
      return reply.code(201).send({ data: id });
    },
  );

  app.get('/bank-accounts', { schema: { summary: 'List bank accounts' } }, async (request) => {
    const configuration = await configured(request);
    return answerList(context, request, list, (one) => v1BankAccount(configuration, one));
  });
  app.get('/v3/bank-accounts', { schema: { summary: 'List bank accounts' } }, async (request) => {
    const configuration = await configured(request);
    return answerList(context, request, list, (one) => v3BankAccount(configuration, one));
  });

  app.get('/bank-accounts/:bankAccountID', { schema }, async (request) => {
    const account = await mustFindBankAccount(context, request);
    return { data: v1BankAccount(await configured(request), await related(context, account)) };
  });
  app.get('/v3/bank-accounts/:bankAccountID', { schema }, async (request) => {
    const account = await mustFindBankAccount(context, request);
    return { data: v3BankAccount(await configured(request), await related(context, account)) };
  });

  for (const prefix of ['', '/v3'])
    app.patch(
      `${prefix}/bank-accounts/:bankAccountID/metadata`,
      { schema },
      async (request, reply) => {
        const metadata = readMetadataPatch(request.body, true);
        const { environmentId, id, metadata: stored } = await mustFindBankAccount(context, request);
        mustFitInto(stored, metadata);
        await mergeBankMetadata(db, environmentId, id, metadata);
        return reply.code(204).send();
      },
    );

  app.post('/bank-accounts/:bankAccountID/forward', { schema }, async (request) => {
    const configuration = await configured(request);
    const account = await mustFindBankAccount(context, request);
    const connection = connectionIn(configuration, bodyOf(request.body).connectorID, 'ConnectorID');
    await forwardBankAccount(context, db, account, connection.id);
    return { data: v1BankAccount(configuration, await related(context, account)) };
  });
  app.post('/v3/bank-accounts/:bankAccountID/forward', { schema }, async (request, reply) => {
    const account = await mustFindBankAccount(context, request);
    const taskID = await forwardWithTask(
      context,
      request,
      await configured(request),
      account,
      null,
    );
    return reply.code(202).send({ data: { taskID } });
  });
}

/** Forwarding and its task are one commit. */
export async function forwardWithTask(
  context: Context,
  request: FastifyRequest,
  configuration: Configuration,
  account: BankAccount,
  userId: string | null,
): Promise<string> {
  const { connectorID } = bodyOf(request.body);
  const connection = connectionIn(configuration, connectorID, 'ConnectorID');
  const task = await context.db.transaction(async (tx) => {
    const made = await forwardBankAccount(context, tx, account, connection.id, userId);
    const id = accountIdOf(configuration, made);
    return finishedTask(context, tx, account.environmentId, connection.id, id);
  });
  return objectId(connectorOfRow(configuration, connection.id, connection.provider), task);
}

export async function mustFindBankAccount(
  { db }: Context,
  request: FastifyRequest,
): Promise<BankAccount> {
  const { bankAccountID } = request.params as { readonly bankAccountID: string };
  const id = uuidIn(bankAccountID, 'Bank account ID');
  const account = await findBankAccount(db, callerOf(request).environment.id, id);
  if (!account) throw unknownThing('Bank account');
  return account;
}

async function related({ db }: Context, account: BankAccount): Promise<Related> {
  const accounts = await accountsOfBankAccounts(db, account.environmentId, [account.id]);
  return { account, accounts };
}

function bankAccountList({ db }: Context): List<Related & Positioned> {
  return {
    name: 'bank_accounts',
    fields: () => ({
      id: { kind: 'text' },
      name: { kind: 'text' },
      country: { kind: 'text' },
      psu_id: { kind: 'text' },
      metadata: { kind: 'map' },
    }),
    sorts: { createdAt: 'created_at', name: 'name' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: async (environment, page) => {
      const rows = await pageBankAccounts(db, environment.id, page);
      const ids = rows.map(({ id }) => id);
      const all = await accountsOfBankAccounts(db, environment.id, ids);
      return rows.map(({ position, ...account }) => ({
        account,
        position,
        accounts: all.filter(({ bankAccountId }) => bankAccountId === account.id),
      }));
    },
  };
}
