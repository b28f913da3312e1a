// Keeps a payment service user with the bank accounts that are theirs: all of them, or nothing is kept.
import { newUuid } from '../../kernel/ids.ts';
import { notFound } from '../../kernel/problem.ts';
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
