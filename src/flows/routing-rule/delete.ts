// Removes a routing rule. Payments that it routed keep their plan.
import { notFound } from '../../kernel/problem.ts';
import type { Executor } from '../../store/db.ts';
import { deleteRule } from '../../store/routing-rules.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';

export async function removeRule(
  context: Context,
  db: Executor,
  caller: Caller,
  ruleId: string,
): Promise<void> {
  const deleted = await deleteRule(db, caller.environment.id, ruleId, changeOf(context, caller));
  if (!deleted) throw notFound('Routing rule', 'rule_not_found');
}
