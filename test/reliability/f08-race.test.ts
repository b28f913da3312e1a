// F8: the reply, the webhook, the poller, the merchant's confirmation and the customer's return all tell of one
// payment at the same moment, in several processes. One writer at a time: each decides on the newest state.
// Mutation: leave `p.version = n.version` out of payments_commit: two writers each apply the same success.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workDue } from '../../src/flows/sync/work-due.ts';
import { bring, type Letter } from './mailbox.ts';
import { openProcess, type Process } from './process.ts';
import { AMOUNT, MINUTE, openScene, PROVIDERS, type Scene, SECOND } from './scene.ts';
import { PAGE } from './shop.ts';
import { signed } from './sign-stripe.ts';

let scene: Scene;
let others: Process[];
beforeAll(async () => {
  scene = await openScene();
  others = [openProcess(scene.stage), openProcess(scene.stage)];
});
afterAll(async () => {
  for (const one of others ?? []) await one.close();
  await scene?.close();
});

async function lettersOf(id: string): Promise<Letter[]> {
  await scene.later(SECOND);
  const told = /"(charge\.success|payment_intent\.succeeded|checkout\.session\.completed)"/;
  return scene.mailbox.letters.filter(({ body }) => body.includes(id) && told.test(body));
}

/** Each sequence number once, none left out, and the snapshot's version of the payment never older than before. */
async function eventTypes(id: string): Promise<string[]> {
  const events = await scene.events(id);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  return events.map(({ type }) => type);
}

describe.each(PROVIDERS)('at %s', (provider) => {
  it('settles a page once when everybody comes at once', async () => {
    const shop = await scene.shop(provider);
    const { body } = await shop.pay(PAGE);
    const { id } = body;
    await scene.press(body.next_action.url, 'success');
    const letters = await lettersOf(id);
    scene.stage.clock.advance(11 * SECOND); // and the poller is due
    const answers = await Promise.all([
      ...letters.flatMap((letter) => [letter, letter].map((one) => bring(scene.stage.app, one))),
      ...[1, 2, 3].map(() => shop.post(`/payments/${id}/confirm`).then(({ status }) => status)),
      ...others.map((one) =>
        one.post(shop, `/payments/${id}/confirm`).then((answer) => answer!.status),
      ),
      ...[1, 2].map(() =>
        scene.stage.app
          .inject({ method: 'GET', url: `/return/${id}` })
          .then(({ statusCode }) => (statusCode < 400 ? 200 : statusCode)),
      ),
      ...others.map((one) => workDue(one.context).then(() => 200)),
      scene.stage.work().then(() => 200),
    ]);
    expect(new Set(answers)).toEqual(new Set([200]));
    await scene.stage.work();

    expect(await eventTypes(id)).toEqual([
      'payment.created',
      'payment.updated',
      'payment.updated',
      'payment.succeeded',
    ]);
    const { payment } = await scene.record(shop, id);
    expect([payment.status, payment.capturedMinor, payment.conflict]).toEqual([
      'succeeded',
      BigInt(AMOUNT),
      null,
    ]);
  });

  it('takes the webhook that is there before the reply', async () => {
    const shop = await scene.shop(provider);
    const letters: Letter[] = [];
    // The reply is held back until the webhook was delivered and applied.
    shop.psp.treatNext(shop.firstKey, 'charge', async (honest) => {
      const reference = honest.json.data?.reference ?? honest.json.metadata.reference;
      await scene.later(SECOND);
      const told = /"(charge\.success|payment_intent\.succeeded)"/;
      letters.push(
        ...scene.mailbox.letters.filter(({ body }) => body.includes(reference) && told.test(body)),
      );
      for (const letter of letters) await bring(scene.stage.app, letter);
      await scene.stage.work();
      return honest;
    });
    const { status, body } = await shop.pay();
    expect(letters).toHaveLength(1);
    expect([status, body.status, body.conflict]).toEqual([201, 'succeeded', null]);
    expect((await eventTypes(body.id)).filter((type) => type === 'payment.succeeded')).toHaveLength(
      1,
    );
    expect(scene.money(body.id)).toMatchObject({ charged: AMOUNT, charges: 1 });
  });
});

it('parks a webhook about something that is not committed yet, and applies it later', async () => {
  // A refund that was made in the PSP's dashboard names only the PSP's own id of the payment: known once we have heard it.
  const shop = await scene.shop('stripe');
  shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
  const { body } = await shop.pay();
  await scene.later(SECOND);
  const paid = scene.mailbox.letters.find(
    (one) => one.body.includes(body.id) && one.body.includes('"payment_intent.succeeded"'),
  )!;
  const stranger = JSON.stringify(paid.event, (name, value) => (name === 'metadata' ? {} : value));
  const letter = signed(stranger, scene.stage.clock.nowMs());
  expect(await bring(scene.stage.app, { ...paid, ...letter })).toBe(200);
  await scene.stage.work();
  expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('pending');
  await scene.later(4 * SECOND); // the question finds the payment, and with it the PSP's id
  expect((await shop.get(`/payments/${body.id}`)).body.status).toBe('succeeded');
  await scene.later(MINUTE);
  const text = `SELECT status, payment_id AS "paymentId" FROM inbound_webhooks WHERE raw_body = $1`;
  const rows = await scene.stage.context.db.run({ name: 'parked', text }, [Buffer.from(stranger)]);
  expect(rows).toEqual([{ status: 'applied', paymentId: body.id }]);
});
