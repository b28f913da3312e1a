// Payment service users, v3 only (api/formance.md section 3): whom bank accounts belong to.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { finishedTask } from '../../../flows/ledger-task.ts';
import { addToServiceUser, createServiceUser } from '../../../flows/service-user/create.ts';
import {
  deleteServiceUser,
  findServiceUser,
  pageServiceUsers,
  type ServiceUser,
} from '../../../store/service-users.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { forwardWithTask, mustFindBankAccount } from '../bank-accounts/routes.ts';
import { invalidField, unknownThing } from '../envelope.ts';
import { answerList, type List, type Positioned } from '../list.ts';
import { metadataView } from '../metadata.ts';
import {
  type Body,
  bodyOf,
  metadataIn,
  optionalText,
  textIn,
  timeView,
  uuidIn,
} from '../read-body.ts';

const USERS = '/v3/payment-service-users';
const ONE = `${USERS}/:paymentServiceUserID`;
const Id = Type.String({ maxLength: 8_000 });
const schema = {
  params: Type.Object({
    paymentServiceUserID: Id,
    bankAccountID: Type.Optional(Id),
  }),
};

export function serviceUserRoutes(app: App, context: Context): void {
  const { db } = context;
  const list = userList(context);
  const found = (request: FastifyRequest) => mustFindUser(context, request);

  app.post(USERS, { schema: { summary: 'Create a user' } }, async (request, reply) => {
    const asked = readUser(request.body);
    const id = await createServiceUser(context, callerOf(request).environment, asked);
    return reply.code(201).send({ data: id });
  });

  app.get(USERS, { schema: { summary: 'List users' } }, (request) =>
    answerList(context, request, list, userView),
  );

  app.get(ONE, { schema }, async (request) => ({ data: userView(await found(request)) }));

  app.delete(ONE, { schema }, async (request, reply) => {
    const { environmentId, id } = await found(request);
    const taskID = await db.transaction(async (tx) => {
      await deleteServiceUser(tx, environmentId, id);
      return finishedTask(context, tx, environmentId, null, id);
    });
    return reply.code(202).send({ data: { taskID } });
  });

  app.post(`${ONE}/bank-accounts/:bankAccountID`, { schema }, async (request, reply) => {
    const account = await mustFindBankAccount(context, request);
    await addToServiceUser(context, await found(request), account.id);
    return reply.code(204).send();
  });

  app.post(`${ONE}/bank-accounts/:bankAccountID/forward`, { schema }, async (request, reply) => {
    const configuration = await context.configurations.get(callerOf(request).environment);
    const user = await found(request);
    const account = await mustFindBankAccount(context, request);
    if (!user.bankAccountIds.includes(account.id)) throw unknownThing('Bank account of this user');
    const taskID = await forwardWithTask(context, request, configuration, account, user.id);
    return reply.code(202).send({ data: { taskID } });
  });
}

/** The user that a path names. */
export async function mustFindUser({ db }: Context, request: FastifyRequest): Promise<ServiceUser> {
  const { paymentServiceUserID } = request.params as { readonly paymentServiceUserID: string };
  const id = uuidIn(paymentServiceUserID, 'Payment service user ID');
  const user = await findServiceUser(db, callerOf(request).environment.id, id);
  if (!user) throw unknownThing('Payment service user');
  return user;
}

const CONTACT = ['email', 'phoneNumber'] as const;
const ADDRESS = ['streetNumber', 'streetName', 'city', 'region', 'postalCode', 'country'] as const;
const BANK_ACCOUNTS_MAX = 100;

function readUser(said: unknown) {
  const body = bodyOf(said);
  const ids = body.bankAccountIDs ?? [];
  if (!Array.isArray(ids) || ids.length > BANK_ACCOUNTS_MAX)
    throw invalidField('BankAccountIDs', 'is invalid');
  return {
    name: textIn(body.name, 'Name'),
    contact: textsIn(body.contactDetails, 'ContactDetails', CONTACT),
    address: textsIn(body.address, 'Address', ADDRESS),
    bankAccountIds: ids.map((id: unknown) =>
      uuidIn(textIn(id, 'BankAccountIDs'), 'Bank account ID'),
    ),
    metadata: metadataIn(body.metadata),
  };
}

/** Those of the names that were given. */
function textsIn(said: unknown, field: string, names: readonly string[]): Record<string, string> {
  const body: Body = said === undefined || said === null ? {} : bodyOf(said);
  const texts = names.map((name) => [name, optionalText(body[name], `${field}.${name}`)] as const);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== null));
}

function userList({ db }: Context): List<ServiceUser & Positioned> {
  return {
    name: 'service_users',
    fields: () => ({ id: { kind: 'text' }, name: { kind: 'text' }, metadata: { kind: 'map' } }),
    sorts: { createdAt: 'created_at', name: 'name' },
    defaultSort: { field: 'created_at', descending: true },
    tie: 'sequence',
    fetch: (environment, page) => pageServiceUsers(db, environment.id, page),
  };
}

function userView({
  id,
  name,
  createdAt,
  contact,
  address,
  bankAccountIds,
  metadata,
}: ServiceUser) {
  return {
    id,
    name,
    createdAt: timeView(createdAt),
    contactDetails: contact,
    address,
    bankAccountIDs: bankAccountIds,
    metadata: metadataView(metadata),
  };
}
