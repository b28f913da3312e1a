// F2: the process dies, at every await of every flow, before the step had any effect or after it had all of it. What is
// left is resolved from the database alone: at most one charge and one refund per payment, our record agrees with the
// PSPs' books, and the merchant's repeat under the same Idempotency-Key finds what it began.
// Mutations: leave `attempts` out of the change in create-payment.ts; send again in ask-attempt.ts without a guarantee;
// answer a refused repeat in answer-once.ts without a look at its key.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workDue } from '../../src/flows/sync/work-due.ts';
import { bring } from './mailbox.ts';
import { openProcess, type Process } from './process.ts';
import { MINUTE, openScene, PROVIDERS, type Scene, SECOND, type Shop } from './scene.ts';
import { intent, MANUAL, PAGE } from './shop.ts';

let scene: Scene;
let mortal: Process;
beforeAll(async () => {
  scene = await openScene();
  mortal = openProcess(scene.stage);
});
afterAll(async () => {
  await mortal?.close();
  await scene?.close();
});

/** Runs `act` in a process that dies at its first step, then at its second …, until one lives through all of them. */
async function dieAtEveryStep(
  prepare: () => Promise<string | null>,
  act: (id: string | null, key: string) => Promise<unknown>,
): Promise<{ readonly death: string; readonly key: string; readonly id: string | null }[]> {
  const deaths: { death: string; key: string; id: string | null }[] = [];
  for (const when of ['before', 'after'] as const) {
    for (let atStep = 0; ; atStep += 1) {
      const id = await prepare();
      const key = `${when} ${atStep}`;
      mortal.start({ atStep, when });
      await act(id, key).catch((error: unknown) => {
        if (mortal.death() === null) throw error;
      });
      const death = mortal.death();
      if (death === null) break;
      deaths.push({ death, key, id });
    }
  }
  expect(deaths.length).toBeGreaterThan(6);
  return deaths;
}

interface Request {
  /** Makes the payment that the request is about; null when the request makes it. */
  readonly prepare: () => Promise<string | null>;
  readonly path: (id: string | null) => string;
  readonly json?: unknown;
  /** Until when a repeat may be told to wait, or that an earlier request is under way. */
  readonly freeAfterMs: readonly number[];
}

/** The merchant repeats the request at a process that lives, and all comes to rest. Answers how payments ended. */
async function surviveRequest(shop: Shop, request: Request): Promise<Set<string>> {
  const deaths = await dieAtEveryStep(request.prepare, (id, key) =>
    mortal.post(shop, request.path(id), request.json, { 'idempotency-key': key }),
  );
  const repeat = ({ id, key }: (typeof deaths)[number]) =>
    shop.post(request.path(id), request.json, { 'idempotency-key': key });
  const atOnce = await Promise.all(deaths.map(repeat));
  for (const { status, body } of atOnce)
    expect([200, 201, 'idempotency_in_progress']).toContain(status < 300 ? status : body.code);

  for (const ms of request.freeAfterMs) await scene.later(ms);
  const answers = await Promise.all(deaths.map(repeat));
  for (const [index, { status }] of answers.entries())
    expect([200, 201], deaths[index]!.death).toContain(status);
  const payments = deaths.map(({ id }, index) => ({ shop, id: id ?? answers[index]!.body.id }));
  await scene.rest(...payments);

  const last = await Promise.all(deaths.map(repeat));
  // A capture that never reached the PSP has failed for good by now.
  for (const [index, { body }] of last.entries())
    if (body.code !== 'capture_failed')
      expect(body.id, deaths[index]!.death).toBe(answers[index]!.body.id);
  // Each payment that a process died over, and the two that one lived through.
  const made = (await shop.get('/payments?limit=200')).body;
  expect(made).toHaveLength(payments.length + 2);
  const ends = payments.map(({ id }, index) => endOf(shop, id, deaths[index]!.death));
  return new Set(await Promise.all(ends));
}

/** `failed [declined]`: payment and attempts, once our record agrees with the PSPs' books. */
async function endOf(shop: Shop, id: string, death: string): Promise<string> {
  const { payment, attempts } = await scene.record(shop, id);
  const money = scene.money(id);
  expect(money.charges, death).toBeLessThanOrEqual(1);
  expect(money.refunds, death).toBeLessThanOrEqual(1);
  expect(
    { captured: Number(payment.capturedMinor), refunded: Number(payment.refundedMinor) },
    death,
  ).toEqual({ captured: money.charged, refunded: money.refunded });
  expect(payment.conflict, death).toBeNull();
  return `${payment.status} [${attempts.map((one) => one.status).join(' ')}]`;
}

describe.each(PROVIDERS)('at %s', (provider) => {
  /** Stripe guarantees its keys: what may not have arrived is sent again. Paystack is asked, and has no trace of it. */
  const sentAgain = provider === 'stripe';

  it('makes a payment once', async () => {
    const shop = await scene.shop(provider);
    // The first connection refuses, the second takes it: two attempts in one request.
    shop.psp.treat(shop.firstKey, ({ call }) => (call === 'charge' ? 'declined' : 'honest'));
    const ends = await surviveRequest(shop, {
      prepare: async () => null,
      path: () => '/payments/intents',
      json: intent(provider),
      freeAfterMs: [26 * SECOND],
    });
    expect(ends).toEqual(
      new Set([
        'succeeded [declined succeeded]',
        'failed [declined]',
        ...(sentAgain ? [] : ['failed [declined declined]']),
      ]),
    );
  });

  it('retries a payment once', async () => {
    const shop = await scene.shop(provider);
    const ends = await surviveRequest(shop, {
      prepare: async () => {
        for (const key of [shop.firstKey, shop.secondKey])
          shop.psp.treatNext(key, 'charge', 'declined');
        const { body } = await shop.pay();
        expect(body.status).toBe('failed');
        return body.id;
      },
      path: (id) => `/payments/${id}/retry`,
      freeAfterMs: [26 * SECOND],
    });
    expect(ends).toEqual(
      new Set([
        'succeeded [declined declined succeeded]',
        ...(sentAgain ? [] : ['failed [declined declined declined]']),
      ]),
    );
  });

  it('captures once', async () => {
    const shop = await scene.shop(provider);
    const ends = await surviveRequest(shop, {
      prepare: async () => (await shop.pay(MANUAL)).body.id,
      path: (id) => `/payments/${id}/capture`,
      freeAfterMs: [26 * SECOND],
    });
    expect(ends).toEqual(
      new Set(['succeeded [succeeded]', ...(sentAgain ? [] : ['authorized [authorized]'])]),
    );
  });

  it('cancels for good', async () => {
    const shop = await scene.shop(provider);
    const ends = await surviveRequest(shop, {
      prepare: async () => (await shop.pay(MANUAL)).body.id,
      path: (id) => `/payments/${id}/cancel`,
      freeAfterMs: [26 * SECOND, MINUTE, MINUTE],
    });
    expect(ends).toEqual(new Set(['canceled [canceled]']));
  });

  it('refunds once', async () => {
    const shop = await scene.shop(provider);
    const ends = await surviveRequest(shop, {
      prepare: async () => (await shop.pay()).body.id,
      path: (id) => `/payments/${id}/refund`,
      freeAfterMs: [26 * SECOND],
    });
    expect(ends).toEqual(
      new Set(['refunded [succeeded]', ...(sentAgain ? [] : ['succeeded [succeeded]'])]),
    );
  });

  it('settles once what the worker asked about', async () => {
    const shop = await scene.shop(provider);
    const deaths = await dieAtEveryStep(
      async () => {
        shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
        const { body } = await shop.pay();
        scene.stage.clock.advance(4 * SECOND);
        return body.id;
      },
      () => workDue(mortal.context),
    );
    await scene.rest(...deaths.map(({ id }) => ({ shop, id: id! })));
    for (const { id, death } of deaths)
      expect(await endOf(shop, id!, death)).toBe('succeeded [succeeded]');
  });

  it('loses no webhook', async () => {
    const shop = await scene.shop(provider);
    const deaths = await dieAtEveryStep(
      async () => {
        const { body } = await shop.pay(PAGE);
        await scene.press(body.next_action.url, 'success');
        await scene.later(SECOND);
        const paid = /"(charge\.success|checkout\.session\.completed)"/;
        const [letter] = await scene.mailbox.take(
          1,
          ({ body: text }) => text.includes(body.id) && paid.test(text),
        );
        expect(await bring(scene.stage.app, letter!)).toBe(200);
        return body.id;
      },
      () => workDue(mortal.context),
    );
    // Nobody asks the PSP: what was stored is applied.
    shop.psp.treat(shop.firstKey, () => 'error_500');
    await scene.later(MINUTE + SECOND);
    for (const { id, death } of deaths)
      expect(await endOf(shop, id!, death)).toBe('succeeded [succeeded]');
  });
});
