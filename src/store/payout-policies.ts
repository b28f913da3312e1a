// Whether the payouts of an environment wait for somebody's approval.
import { auditSql, type Change } from './audit.ts';
import { type Executor, type Statement, toTime } from './db.ts';

/**
 * `on_request`: only those that ask for it. `another_person`: always, and not by whoever asked for the payout
 * (maker and checker).
 */
export const payoutApprovals = ['on_request', 'always', 'another_person'] as const;
export type PayoutApproval = (typeof payoutApprovals)[number];

const FIND: Statement = {
  name: 'payout_policies_find',
  text: `SELECT approval FROM payout_policies WHERE environment_id = $1`,
};

export async function findPayoutApproval(
  db: Executor,
  environmentId: string,
): Promise<PayoutApproval> {
  const [row] = await db.run<{ approval: PayoutApproval }>(FIND, [environmentId]);
  return row?.approval ?? 'on_request';
}

const SAVE: Statement = {
  name: 'payout_policies_save',
  text: `
WITH p AS (
  INSERT INTO payout_policies (environment_id, approval, updated_at) VALUES ($1, $2, $3)
  ON CONFLICT (environment_id) DO UPDATE SET approval = excluded.approval, updated_at = excluded.updated_at
  RETURNING environment_id, environment_id AS id, approval
)
${auditSql('p', 'environment', `'payout policy set'`, `jsonb_build_object('approval', p.approval)`, '$4', '$3')}`,
};

export async function savePayoutApproval(
  db: Executor,
  environmentId: string,
  approval: PayoutApproval,
  { actor, nowMs }: Change,
): Promise<void> {
  await db.run(SAVE, [environmentId, approval, toTime(nowMs), JSON.stringify(actor)]);
}
