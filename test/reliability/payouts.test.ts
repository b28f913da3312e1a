// F2, F3, F9, F10, F11 for money out: committed before it is sent, asked about while its outcome is unknown, sent again
// only where the PSP guarantees the key, and approved once however many approve at the same time.
// Mutations: make a lost reply `not_sent`; let `mayRepeat` ignore the manifest; let approvePayout start an attempt
// without a look at the status; let payoutVerdict believe a webhook that denies a payout.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  approvePayout,
  cancelPayout,
  createPayout,
  deletePayout,
  rejectPayout,
  retryPayout,
} from '../../src/flows/payout/index.ts';
import { referenceOf } from '../../src/kernel/ids.ts';
import { findEnvironment } from '../../src/store/environments.ts';
import { savePayoutApproval } from '../../src/store/payout-policies.ts';
import { findPayoutRow } from '../../src/store/payouts.ts';
import { bring } from './mailbox.ts';
import { openPayday, stateOf } from './payday.ts';
import { openProcess } from './process.ts';
import { HOUR, MINUTE, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.close());

describe.each(PROVIDERS)('at %s', (provider) => {
  it('is paid, and the account stands in no answer, event or input', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    const { payment } = await createPayout(context, environment, asked());
    expect(await state(payment.id)).toBe('pending [pending]');
    await scene.rest({ shop, id: payment.id });
    expect(await state(payment.id)).toBe('succeeded [succeeded]');
    expect(paid()).toEqual({ payouts: 1, minor: 8_000 });
    const { attempts } = await scene.record(shop, payment.id);
    const row = await findPayoutRow(context.db, environment.id, payment.id);
    const events = await scene.events(payment.id);
    expect(events.map(({ type }) => type)).toEqual([
      'payout.created',
      'payout.updated',
      'payout.succeeded',
    ]);
    const clear = JSON.stringify([attempts[0]!.input, row, events.map((one) => one.snapshot)]);
    expect(clear).not.toContain('62000000001');
    if (provider === 'paystack') expect(row?.beneficiary?.accountNumber).toBe('********001');
  });

  it('whose reply is lost is asked about, and paid once', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    shop.psp.treatNext(shop.firstKey, 'payout', 'reply_lost');
    const { payment } = await createPayout(context, environment, asked());
    expect(await state(payment.id)).toBe('pending [unknown]');
    expect(paid().payouts).toBe(1);
    await scene.rest({ shop, id: payment.id });
    expect(await state(payment.id)).toBe('succeeded [succeeded]');
    expect(paid()).toEqual({ payouts: 1, minor: 8_000 });
    const calls = shop.psp.callsOf(shop.firstKey, 'payout');
    // Stripe guarantees the key, so the same request may go again; Paystack is asked.
    expect(new Set(calls.map((one) => one.idempotencyKey)).size).toBe(1);
    expect(new Set(calls.map((one) => one.body)).size).toBe(1);
    if (provider === 'paystack') expect(calls).toHaveLength(1);
    expect(shop.psp.seen.some((one) => one.key === shop.secondKey && one.call === 'payout')).toBe(
      false,
    );
  });

  it('that never reached the PSP is proven so before it fails, and can be tried again', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    shop.psp.treat(shop.firstKey, ({ call }) => (call === 'payout' ? 'reset_before' : 'honest'));
    const { payment } = await createPayout(context, environment, asked());
    for (const ms of [4 * SECOND, 11 * SECOND]) await scene.later(ms);
    expect(await state(payment.id)).toBe('pending [unknown]');
    await expect(retryPayout(context, environment, payment.id, 'maker')).rejects.toThrow(
      /Only a failed payout/,
    );
    shop.psp.treat(shop.firstKey, () => 'honest');
    await scene.rest({ shop, id: payment.id });
    if (provider === 'stripe') expect(await state(payment.id)).toBe('succeeded [succeeded]');
    else {
      expect(await state(payment.id)).toBe('failed [declined]');
      await Promise.allSettled(
        Array.from({ length: 6 }, () => retryPayout(context, environment, payment.id, 'maker')),
      );
      await scene.rest({ shop, id: payment.id });
      expect(await state(payment.id)).toBe('succeeded [declined succeeded]');
    }
    expect(paid()).toEqual({ payouts: 1, minor: 8_000 });
  });

  it('goes to the next connection where the first refused for good, never from silence', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    const routed = asked({ connectionId: null });
    const triedSecond = () => shop.psp.callsOf(shop.secondKey, 'payout').length;
    shop.psp.treatNext(shop.firstKey, 'payout', 'reply_lost');
    const lost = await createPayout(context, environment, routed);
    expect([stateOf(lost), triedSecond()]).toEqual(['pending [unknown]', 0]);

    const tooMuch = { ...routed, amountMinor: 2_000_000_000n };
    const poor = await createPayout(context, environment, tooMuch);
    expect([stateOf(poor), triedSecond()]).toEqual(['failed [declined]', 0]);

    shop.psp.treatNext(shop.firstKey, 'payout', 'declined');
    const refused = await createPayout(context, environment, routed);
    expect(triedSecond()).toBe(1);
    await scene.rest(...[lost, refused].map(({ payment }) => ({ shop, id: payment.id })));
    // The second Stripe account has earned nothing that it could pay out.
    const expected =
      provider === 'stripe' ? 'failed [declined declined]' : 'succeeded [declined succeeded]';
    expect(await state(refused.payment.id)).toBe(expected);
    expect(await state(lost.payment.id)).toBe('succeeded [succeeded]');
    expect(paid().payouts).toBe(provider === 'stripe' ? 1 : 2);
  });

  it('that waits for its time is no intent: nobody changes or sends it as if it were one', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    const scheduledAtMs = context.ports.clock.nowMs() + HOUR;
    const { payment } = await createPayout(context, environment, asked({ scheduledAtMs }));
    const path = `/payments/intents/${payment.id}`;
    const change = { amount: 900_000, metadata: { a: 'b' } };
    expect((await shop.merchant.send('PATCH', path, change)).status).toBe(404);
    const choice = { method: 'card', provider };
    expect((await shop.post(`/payments/${payment.id}/confirm`, choice)).status).toBe(404);
    expect(paid().payouts).toBe(0);
    const kept = await scene.record(shop, payment.id);
    expect([kept.payment.amountMinor, kept.payment.metadata]).toEqual([8_000n, {}]);
    expect(await state(payment.id)).toBe('pending []');
  });

  it('is sent once, however many approve and reject it at the same time', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    const waiting = asked({ needsApproval: true });
    const { payment } = await createPayout(context, environment, waiting);
    expect(await state(payment.id)).toBe('awaiting_approval []');
    expect(shop.psp.callsOf(shop.firstKey, 'payout')).toHaveLength(0);
    const approve = (index: number) =>
      approvePayout(context, environment, payment.id, `checker ${index}`);
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => approve(index)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(rejectPayout(context, environment, payment.id, 'x')).rejects.toThrow(/nobody has/);
    await scene.rest({ shop, id: payment.id });
    expect(await state(payment.id)).toBe('succeeded [succeeded]');
    expect(paid()).toEqual({ payouts: 1, minor: 8_000 });
  });

  it('waits for its time, and can be canceled until then', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, provider);
    const scheduledAtMs = context.ports.clock.nowMs() + HOUR;
    const make = () => createPayout(context, environment, asked({ scheduledAtMs }));
    const [{ payment: kept }, { payment: canceled }] = [await make(), await make()];
    await scene.later(30 * MINUTE);
    await cancelPayout(context, environment, canceled.id, 'maker');
    expect(paid().payouts).toBe(0);
    await scene.later(31 * MINUTE);
    await scene.rest({ shop, id: kept.id });
    expect(await state(kept.id)).toBe('succeeded [succeeded]');
    expect(await state(canceled.id)).toBe('canceled []');
    await expect(cancelPayout(context, environment, kept.id, 'maker')).rejects.toThrow(/was sent/);
    expect(paid()).toEqual({ payouts: 1, minor: 8_000 });
  });

  it('survives the death of the process at every step: paid at most once, and our record agrees', async () => {
    const payday = await openPayday(scene, provider);
    const { environment, asked, paid, shop } = payday;
    const mortal = openProcess(scene.stage);
    const references: string[] = [];
    for (const when of ['before', 'after'] as const) {
      for (let atStep = 0; ; atStep += 1) {
        const reference = `order ${when} ${atStep}`;
        mortal.start({ atStep, when });
        await createPayout(mortal.context, environment, asked({ reference })).catch(() => {});
        references.push(reference);
        if (mortal.death() === null) break;
      }
    }
    await mortal.close();
    expect(references.length).toBeGreaterThan(8);
    const text = `SELECT payment_id AS id FROM payouts WHERE environment_id = $1`;
    const rows = await payday.context.db.run<{ id: string }>({ name: 'test_payouts', text }, [
      environment.id,
    ]);
    await scene.rest(...rows.map(({ id }) => ({ shop, id })));
    const states = await Promise.all(rows.map(({ id }) => payday.state(id)));
    expect(new Set(states)).toEqual(
      new Set(['succeeded [succeeded]', ...(provider === 'paystack' ? ['failed [declined]'] : [])]),
    );
    const succeeded = states.filter((one) => one === 'succeeded [succeeded]').length;
    expect(paid()).toEqual({ payouts: succeeded, minor: succeeded * 8_000 });
  });
});

describe('a payout', () => {
  it('to somebody else goes past a PSP that pays only the merchant', async () => {
    const { context, asked, shop } = await openPayday(scene, 'stripe');
    const paystack = await shop.merchant.connect('paystack');
    const environment = (await findEnvironment(context.db, shop.environmentId))!;
    const { payment } = await createPayout(context, environment, {
      ...asked({ connectionId: null }),
      beneficiary: { type: 'bank', name: 'A', accountNumber: '62000000001', bankCode: '632005' },
    });
    await scene.rest({ shop, id: payment.id });
    const { payment: done, attempts } = await scene.record(shop, payment.id);
    expect([done.status, done.connectionId]).toEqual(['succeeded', paystack]);
    expect(attempts.at(-1)!.status).toBe('succeeded');
    expect(
      shop.psp.seen.filter(({ call, key }) => call === 'payout' && key === shop.firstKey),
    ).toEqual([]);
  });

  it('that comes back is known by asking, not by an old word', async () => {
    const { context, environment, asked, shop, paid, state } = await openPayday(scene, 'paystack');
    const beneficiary = { ...asked().beneficiary!, accountNumber: '9990000002' };
    const { payment, attempts } = await createPayout(context, environment, asked({ beneficiary }));
    const reference = referenceOf(attempts[0]!.id);
    const letter = async (event: string) =>
      (
        await scene.mailbox.take(
          1,
          ({ event: { data, event: type } }) =>
            [data.reference, type].join() === [reference, event].join(),
        )
      )[0]!;
    const deliver = async (event: string) => {
      await scene.later(200); // the PSP writes its letters a little later
      await bring(scene.stage.app, await letter(event));
      await scene.stage.work();
    };
    await scene.later(SECOND);
    await deliver('transfer.success');
    expect(await state(payment.id)).toBe('succeeded [succeeded]');
    await scene.later(SECOND);
    await deliver('transfer.reversed');
    expect(await state(payment.id)).toBe('failed [declined]');
    expect(paid().payouts).toBe(0);
    const types = (await scene.events(payment.id)).map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['payout.updated', 'payout.reversed']);

    // The first word once more, late: the PSP is asked, and says that it came back.
    const { body: events } = await shop.get('/webhooks/events');
    const [old] = events.filter(
      (one: { event_type: string }) => one.event_type === 'transfer.success',
    );
    expect((await shop.post(`/webhooks/events/${old.id}/replay`)).status).toBe(200);
    await scene.stage.work();
    expect(await state(payment.id)).toBe('failed [declined]');
  });

  it('has a reference that is unique at its connection, also among requests at once', async () => {
    const { context, environment, asked, paid } = await openPayday(scene, 'paystack');
    const one = asked({ reference: 'salary 1' });
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => createPayout(context, environment, one)),
    );
    const failures = results.filter((result) => result.status === 'rejected');
    expect(failures.map(({ reason }) => reason.code)).toEqual(Array(7).fill('reference_taken'));
    expect(paid().payouts).toBe(1);
    const waiting = asked({ reference: 'salary 2', needsApproval: true });
    const { payment } = await createPayout(context, environment, waiting);
    await deletePayout(context, environment, payment.id);
    const again = await createPayout(context, environment, asked({ reference: 'salary 2' }));
    expect(stateOf(again)).toBe('pending [pending]');
  });

  it('is approved by somebody else, where the policy says so', async () => {
    const { context, environment, asked, state } = await openPayday(scene, 'paystack');
    await savePayoutApproval(context.db, environment.id, 'another_person', {
      actor: { type: 'operator', id: 'ama', keyId: 'admin token' },
      nowMs: 0,
    });
    const { payment } = await createPayout(context, environment, asked());
    expect(await state(payment.id)).toBe('awaiting_approval []');
    await expect(approvePayout(context, environment, payment.id, 'maker')).rejects.toMatchObject({
      status: 403,
      code: 'own_payout',
    });
    await approvePayout(context, environment, payment.id, 'checker');
    expect(await state(payment.id)).toBe('pending [pending]');
  });

  it('is no payment of the other routes: not read, refunded, captured or canceled there', async () => {
    const { context, environment, asked, shop } = await openPayday(scene, 'paystack');
    const { payment } = await createPayout(context, environment, asked());
    for (const path of ['', '/refunds', '/explain', '/status_history'])
      expect((await shop.get(`/payments/${payment.id}${path}`)).status).toBe(404);
    for (const path of ['refund', 'capture', 'cancel', 'confirm', 'retry'])
      expect((await shop.post(`/payments/${payment.id}/${path}`)).status).toBe(404);
    const listed = (await shop.get('/payments?limit=200')).body;
    expect(listed.map(({ id }: { id: string }) => id)).not.toContain(payment.id);
  });
});
