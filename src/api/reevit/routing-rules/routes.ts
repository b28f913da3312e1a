// /v1/routing-rules: rules that send matching payments to a connection (seed 002, api/reevit.md section 7).
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { changeRule } from '../../../flows/routing-rule/change.ts';
import { createRule } from '../../../flows/routing-rule/create.ts';
import { removeRule } from '../../../flows/routing-rule/delete.ts';
import { notFound } from '../../../kernel/problem.ts';
import { findRule, listRules } from '../../../store/routing-rules.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotent } from '../../idempotency/idempotent.ts';
import { IdParams, PageQuery } from '../schemas.ts';
import { RuleBody, RuleList, RuleView, ruleFields, ruleView } from './schema.ts';

const reads = { scopes: ['routing_rules:read'] };
const writes = {
  scopes: ['routing_rules:write'],
  invalidCodes: { priority: 'invalid_priority' },
};

export function routingRuleRoutes(app: App, context: Context): void {
  app.post(
    '/routing-rules',
    { config: writes, schema: { summary: 'Create a routing rule', body: RuleBody } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const rule = await createRule(context, tx, callerOf(request), ruleFields(request.body));
        return { status: 201, body: ruleView(rule) };
      }),
  );

  app.get(
    '/routing-rules',
    {
      config: reads,
      schema: {
        summary: 'List routing rules in the order in which they are asked',
        querystring: Type.Object(PageQuery(100)),
        response: { 200: RuleList },
      },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { limit, offset } = request.query;
      const { rules, total } = await listRules(context.db, environment.id, { limit, offset });
      return { rules: rules.map(ruleView), pagination: { total, limit, offset } };
    },
  );

  app.get(
    '/routing-rules/:id',
    {
      config: reads,
      schema: { summary: 'Show a routing rule', params: IdParams, response: { 200: RuleView } },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const rule = await findRule(context.db, environment.id, request.params.id);
      if (!rule) throw notFound('Routing rule', 'rule_not_found');
      return ruleView(rule);
    },
  );

  app.patch(
    '/routing-rules/:id',
    {
      config: writes,
      schema: { summary: 'Change the fields that are sent', params: IdParams, body: RuleBody },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const { params, body } = request;
        const rule = await changeRule(context, tx, callerOf(request), params.id, ruleFields(body));
        return { status: 200, body: ruleView(rule) };
      }),
  );

  app.delete(
    '/routing-rules/:id',
    { config: writes, schema: { summary: 'Remove a routing rule', params: IdParams } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        await removeRule(context, tx, callerOf(request), request.params.id);
        return { status: 204 };
      }),
  );
}
