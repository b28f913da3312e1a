// Creates a routing rule.
import { newId } from '../../kernel/ids.ts';
import { Problem } from '../../kernel/problem.ts';
import type { Executor } from '../../store/db.ts';
import { lockConfiguration } from '../../store/environments.ts';
import { insertRule, type StoredRule } from '../../store/routing-rules.ts';
import { changeOf } from '../change-of.ts';
import type { Caller, Context } from '../context.ts';
import { type RuleFields, readRule } from './read-rule.ts';

const RULES_MAX = 1_000;

export async function createRule(
  context: Context,
  db: Executor,
  caller: Caller,
  fields: RuleFields,
): Promise<StoredRule> {
  const { environment } = caller;
  const change = changeOf(context, caller);
  const content = await readRule(db, environment.id, fields, null);
  const rule: StoredRule = {
    ...content,
    id: newId('rr', context.ports),
    createdAt: change.nowMs,
    updatedAt: change.nowMs,
  };
  await lockConfiguration(db, environment.id);
  const stored = await insertRule(db, environment.id, rule, change, RULES_MAX);
  if (stored) return stored;
  throw new Problem(400, 'limit_reached', `An environment has at most ${RULES_MAX} routing rules`);
}
