// Keeps a payment service user with the bank accounts that are theirs: all of them, or nothing is kept. More are added
// one by one.
import { newUuid } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';
import { violatedConstraint } from '../../store/db.ts';
import {
  addUserBankAccount,
  insertServiceUser,
  type ServiceUser,
} from '../../store/service-users.ts';
import type { Context, Environment } from '../context.ts';

export async function createServiceUser(
  { db, ports }: Context,
  environment: Environment,
  asked: Omit<ServiceUser, 'environmentId' | 'id' | 'createdAt'>,
): Promise<string> {
  const user = {
    ...asked,
    environmentId: environment.id,
    id: newUuid(ports),
    createdAt: ports.clock.nowMs(),
  };
  await db.transaction(async (tx) => {
    await insertServiceUser(tx, user);
    for (const id of asked.bankAccountIds)
      if (!(await addUserBankAccount(tx, user, id))) throw notFound('Bank account', 'NOT_FOUND');
  });
  return user.id;
}

export async function addToServiceUser(
  { db }: Context,
  user: ServiceUser,
  bankAccountId: string,
): Promise<void> {
  try {
    await addUserBankAccount(db, user, bankAccountId);
  } catch (error) {
    if (violatedConstraint(error) === null) throw error;
    throw notFound('Payment service user', 'NOT_FOUND'); // it was deleted meanwhile
  }
}
