// Changes the fields of a routing rule that were sent; the others stay.
import { notFound } from '../../kernel/problem.ts';
import type { Executor } from '../../store/db.ts';
import { lockRule, type StoredRule, updateRule } from '../../store/routing-rules.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { type RuleContent, type RuleFields, readRule } from './read-rule.ts';

/** `tx` must be a transaction: the rule is read and written in it. */
export async function changeRule(
  context: Context,
  tx: Executor,
  caller: Caller,
  ruleId: string,
  fields: RuleFields,
): Promise<StoredRule> {
  const { environment } = caller;
  const before = await lockRule(tx, environment.id, ruleId);
  if (!before) throw notFound('Routing rule', 'rule_not_found');
  const content = await readRule(tx, environment.id, fields, before as RuleContent);
  const change = changeOf(context, caller);
  const after = { ...before, ...content };
  const stored = await updateRule(tx, environment.id, after, change);
  if (!stored) throw notFound('Routing rule', 'rule_not_found');
  return stored;
}
