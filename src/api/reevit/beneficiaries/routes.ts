// /v1/beneficiaries: who may be paid again (api/reevit.md section 9.1). The account is sealed and shown masked.
import { Type } from 'typebox';
import { saveBeneficiary } from '../../../flows/beneficiary/save.ts';
import type { Context, Environment } from '../../../flows/context.ts';
import { notFound } from '../../../kernel/problem.ts';
import {
  deleteBeneficiary,
  findBeneficiary,
  listBeneficiaries,
  type SavedBeneficiary,
} from '../../../store/beneficiaries.ts';
import type { App } from '../../app.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { idempotent } from '../../idempotency/idempotent.ts';
import { BeneficiaryBody, readBeneficiary } from '../payouts/read-payout.ts';
import { beneficiaryView } from '../payouts/view.ts';
import { IdParams, PageQuery, time } from '../schemas.ts';

const reads = { scopes: ['payouts:read'] };
const writes = { scopes: ['payouts:write'] };

export function beneficiaryRoutes(app: App, context: Context): void {
  const { db } = context;

  app.post(
    '/beneficiaries',
    {
      config: writes,
      schema: {
        summary: 'Keep somebody to pay',
        body: Type.Object({ beneficiary: BeneficiaryBody }),
      },
    },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const { environment } = callerOf(request);
        const beneficiary = readBeneficiary(request.body.beneficiary);
        const saved = await saveBeneficiary(context, tx, environment, beneficiary);
        return { status: 201, body: savedView(environment, saved) };
      }),
  );

  app.get(
    '/beneficiaries',
    {
      config: reads,
      schema: { summary: 'List, newest first', querystring: Type.Object(PageQuery(200)) },
    },
    async (request) => {
      const { environment } = callerOf(request);
      const { limit, offset } = request.query;
      const { beneficiaries, total } = await listBeneficiaries(db, environment.id, request.query);
      const shown = beneficiaries.map((one) => savedView(environment, one));
      return { beneficiaries: shown, total, limit, offset };
    },
  );

  app.get(
    '/beneficiaries/:id',
    { config: reads, schema: { summary: 'Show one', params: IdParams } },
    async (request) => {
      const { environment } = callerOf(request);
      const saved = await findBeneficiary(db, environment.id, request.params.id);
      if (!saved) throw notFound('Beneficiary', 'beneficiary_not_found');
      return savedView(environment, saved);
    },
  );

  app.delete(
    '/beneficiaries/:id',
    { config: writes, schema: { summary: 'Forget one', params: IdParams } },
    (request, reply) =>
      idempotent(context, request, reply, async (tx) => {
        const { environment } = callerOf(request);
        if (!(await deleteBeneficiary(tx, environment.id, request.params.id)))
          throw notFound('Beneficiary', 'beneficiary_not_found');
        return { status: 204 };
      }),
  );
}

function savedView(
  { organizationId, mode }: Environment,
  { id, details, createdAt, updatedAt }: SavedBeneficiary,
) {
  return {
    id,
    org_id: organizationId,
    mode,
    beneficiary: beneficiaryView(details),
    created_at: time(createdAt),
    updated_at: time(updatedAt),
  };
}
