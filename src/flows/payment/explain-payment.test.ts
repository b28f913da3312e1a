import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Merchant, openStage, type Stage } from '../../../test/stage.ts';
import { addEvidence, closeConflict } from '../operator/evidence.ts';
import { transactionAt } from '../transaction/find-transaction.ts';

const PAY = { amount: 5_000, currency: 'GHS', country: 'GH', method: 'card' };

const OPERATED = {
  mode: 'sandbox',
  organizationName: 'Acme',
  defaultCountry: null,
  configVersion: 0n,
} as const;

let stage: Stage;
let merchant: Merchant;
let environmentId: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  environmentId = merchant.organization.environments[0]!.id;
  await merchant.connect('paystack');
});
afterAll(() => stage?.close());

/** What a client reads of the payment as it stood. */
async function at(id: string, atMs: number) {
  const then = new Date(atMs).toISOString();
  return (await merchant.send('GET', `/payments/${id}/explain?at=${then}`)).body;
}

/** The moment, and a second later. */
function moment(): number {
  const now = stage.clock.nowMs();
  stage.clock.advance(1_000);
  return now;
}

const place = () => ({ ...OPERATED, id: environmentId, organizationId: merchant.organization.id });

/** As a client brings about that confirms again and again. */
const REPEATED = {
  name: 'test_repeat',
  text: `
INSERT INTO adjustments (environment_id, payment_id, attempt_id, source, reason, from_status, to_status, attempt_from,
                         attempt_to, evidence, created_at)
SELECT environment_id, payment_id, id, 'poll', 'redirect', 'requires_action', 'requires_action', status, status, '{}', $3
FROM attempts, generate_series(1, 3000) WHERE environment_id = $1 AND payment_id = $2`,
};

describe('the story of a payment', () => {
  it('is whole however often its PSP was asked', async () => {
    const { body: made } = await merchant.send('POST', '/payments/intents', PAY);
    const asked = moment();
    const values = [environmentId, made.id, new Date(asked).toISOString()];
    await stage.context.db.run(REPEATED, values);
    await fetch(made.next_action.url, {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'success' }),
      redirect: 'manual',
    });
    await merchant.send('POST', `/payments/${made.id}/confirm`);
    const paid = moment();
    await merchant.send('POST', `/payments/${made.id}/refund`, { amount: 1_000 });

    const { payment, story, history } = (await merchant.send('GET', `/payments/${made.id}/explain`))
      .body;
    expect(payment.status).toBe('succeeded');
    expect(story.join('\n')).toMatch(/requires_action -> succeeded[\s\S]*refund requested/);
    expect(history.length).toBeLessThanOrEqual(500);
    expect((await at(made.id, paid)).payment).toMatchObject({
      status: 'succeeded',
      captured_amount: 5_000,
      refunded_amount: 0,
    });
    expect((await at(made.id, asked)).payment.status).toBe('requires_action');
    const whole = { paymentId: made.id, operationId: null };
    const transaction = await transactionAt(stage.context, place(), whole);
    expect(transaction?.history.status).toBe('SUCCESS');
  });

  it('tells at each moment what a merchant edited later, and which conflict there was', async () => {
    const { body: made } = await merchant.send('POST', '/payments/intents', {
      ...PAY,
      metadata: { order: '1' },
    });
    const first = moment();
    await merchant.send('PATCH', `/payments/intents/${made.id}`, { metadata: { order: '2' } });
    const second = moment();
    await merchant.send('PATCH', `/payments/intents/${made.id}`, { metadata: { order: '3' } });
    const attemptId = made.route[0].attempt_id;
    const say = async (says: 'refused' | 'captured') =>
      addEvidence(stage.context, place(), made.id, {
        subjectId: attemptId,
        says,
        amountMinor: null,
        pspReference: null,
        note: 'seen in the dashboard',
        by: 'ama',
      });
    await say('refused');
    const refused = moment();
    await say('captured');
    const late = moment();
    await closeConflict(stage.context, place(), made.id, { note: 'settled', by: 'ama' });
    const closed = moment();

    const facts = async (atMs: number) => {
      const { payment } = await at(made.id, atMs);
      return [payment.status, payment.conflict, payment.metadata.order];
    };
    expect(await facts(first)).toEqual(['requires_action', null, '1']);
    expect(await facts(second)).toEqual(['requires_action', null, '2']);
    expect(await facts(refused)).toEqual(['failed', null, '3']);
    expect(await facts(late)).toEqual(['succeeded', 'late_success', '3']);
    expect(await facts(closed)).toEqual(['succeeded', null, '3']);
    const { story } = (await merchant.send('GET', `/payments/${made.id}/explain`)).body;
    expect(story.join('\n')).toMatch(/in conflict: late_success[\s\S]*not in conflict any more/);
  });
});
