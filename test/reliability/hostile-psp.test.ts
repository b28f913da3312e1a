// Every way a PSP can misbehave, at every call (psp/common.md section 2): the API answers with the payment and never
// with a 500, the outcome is definite or `unknown`, and the second connection is tried only when the first definitely
// refused. Afterwards the PSP is honest again, and our record comes to agree with its books.
// Mutations: let a lost reply be `not_sent` (connectors/transport.ts); compare no amounts (conflict.ts `wrong`). That the
// host disbelieves a connector is proven beside it (connectors/run.test.ts): the built-in ones never need it here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFTER, BEFORE, BEHAVIOURS, LIES, type Misbehaviour } from '../hostile-psp.ts';
import type { Answer } from '../stage.ts';
import { AMOUNT, openScene, PROVIDERS, type Provider, type Scene, type Shop } from './scene.ts';
import { MANUAL, PAGE } from './shop.ts';

/** These take as long as a call may take: they have a stage of their own, where that is short while one is made. */
const ENDLESS: ReadonlySet<Misbehaviour> = new Set<Misbehaviour>([
  'hang',
  'hang_after',
  'slow_drip',
]);

let patient: Scene;
let hasty: Scene;
let inHurry = false;
beforeAll(async () => {
  patient = await openScene({ deadlineMs: 10_000 });
  hasty = await openScene({ deadlineMs: () => (inHurry ? 400 : 10_000) });
});
afterAll(async () => {
  await patient?.close();
  await hasty?.close();
});

interface Case {
  readonly behaviour: Misbehaviour;
  readonly scene: Scene;
  readonly shop: Shop;
  readonly answer: Answer;
  readonly id: string;
}

/** Makes ready what the request is about, while the PSP is honest; answers the payment's id, if there is one yet. */
type Prepare = (shop: Shop, scene: Scene) => Promise<string>;
type Act = (shop: Shop, behaviour: Misbehaviour, id: string) => Promise<Answer>;

/** The same request against each behaviour, all at once. Only calls that are to hang have to be quick about it. */
async function tryAll(provider: Provider, prepare: Prepare, act: Act): Promise<Case[]> {
  const ready = await Promise.all(
    BEHAVIOURS.map(async (behaviour) => {
      const scene = ENDLESS.has(behaviour) ? hasty : patient;
      const shop = await scene.shop(provider);
      return { behaviour, scene, shop, about: await prepare(shop, scene) };
    }),
  );
  return hurrying(() =>
    Promise.all(
      ready.map(async ({ about, ...one }) => {
        const answer = await act(one.shop, one.behaviour, about);
        const id: string = about === '' ? answer.body.id : about;
        return { ...one, answer, id };
      }),
    ),
  );
}

async function hurrying<T>(work: () => Promise<T>): Promise<T> {
  inHurry = true;
  try {
    return await work();
  } finally {
    inHurry = false;
  }
}

const nothing: Prepare = async () => '';
const paid: Prepare = async (shop) => (await shop.pay()).body.id;
const authorized: Prepare = async (shop) => (await shop.pay(MANUAL)).body.id;

async function comeToRest(cases: readonly Case[]): Promise<void> {
  for (const { shop } of cases) shop.psp.treat(shop.firstKey, () => 'honest');
  for (const scene of [patient, hasty])
    await scene.rest(...cases.filter((one) => one.scene === scene));
}

function table<T>(cases: readonly Case[], line: (one: Case) => T): Record<Misbehaviour, T> {
  return Object.fromEntries(cases.map((one) => [one.behaviour, line(one)])) as Record<
    Misbehaviour,
    T
  >;
}

const forAll = (names: readonly Misbehaviour[], line: string): Record<Misbehaviour, string> =>
  Object.fromEntries(names.map((name) => [name, line])) as Record<Misbehaviour, string>;

/** `201 pending [unknown]`: status code, payment, attempts, conflict. */
function said({ answer: { status, body } }: Case): string {
  const route = body.route.map((one: { status: string }) => one.status).join(' ');
  return `${status} ${body.status} [${route}] ${body.conflict ?? ''}`.trim();
}

/** `succeeded, charged 5000 in 1`: the payment in our record, and the PSPs' books. */
async function atRest(cases: readonly Case[]): Promise<Record<Misbehaviour, string>> {
  const lines = new Map<Misbehaviour, string>();
  for (const { behaviour, scene, shop, id } of cases) {
    const { payment } = await scene.record(shop, id);
    const { charged, charges, refunded } = scene.money(id);
    const back = refunded === 0 ? '' : `, refunded ${refunded}`;
    const conflict = payment.conflict === null ? '' : ` ${payment.conflict}`;
    lines.set(behaviour, `${payment.status}${conflict}, charged ${charged} in ${charges}${back}`);
  }
  return table(cases, ({ behaviour }) => lines.get(behaviour) ?? '');
}

function secondTried(cases: readonly Case[]): Misbehaviour[] {
  return cases
    .filter(({ shop }) => shop.psp.seen.some((one) => one.key === shop.secondKey))
    .map((one) => one.behaviour);
}

const TAKEN = `succeeded, charged ${AMOUNT} in 1`;
const NOTHING = 'charged 0 in 0';
const MISMATCH = `amount_mismatch, charged ${AMOUNT} in 1`;

describe.each(PROVIDERS)('%s misbehaves', { timeout: 60_000 }, (provider) => {
  /** Stripe guarantees its keys: what it never saw is sent again. Paystack is asked, and has no trace of it. */
  const sentAgain = provider === 'stripe';

  it('when a card is charged', async () => {
    const cases = await tryAll(provider, nothing, (shop, behaviour) => {
      shop.psp.treatNext(shop.firstKey, 'charge', behaviour);
      return shop.pay();
    });
    expect(table(cases, said)).toEqual({
      ...forAll(BEHAVIOURS, '201 pending [unknown]'),
      rate_limited: '201 succeeded [declined succeeded]',
      wrong_amount: '201 partially_captured [succeeded] amount_mismatch',
      wrong_currency: '201 pending [succeeded] amount_mismatch',
    });
    await comeToRest(cases);
    expect(await atRest(cases)).toEqual({
      ...forAll(BEFORE, sentAgain ? TAKEN : `failed, ${NOTHING}`),
      ...forAll([...AFTER, ...LIES], TAKEN),
      rate_limited: TAKEN,
      wrong_amount: `partially_captured ${MISMATCH}`,
      wrong_currency: `pending ${MISMATCH}`,
    });
    expect(secondTried(cases)).toEqual(['rate_limited']);
  });

  it('when a page is opened', async () => {
    const cases = await tryAll(provider, nothing, (shop, behaviour) => {
      shop.psp.treatNext(shop.firstKey, 'initialize', behaviour);
      return shop.pay(PAGE);
    });
    const opened = '201 requires_action [requires_action]';
    expect(table(cases, said)).toEqual({
      ...forAll(BEHAVIOURS, '201 pending [unknown]'),
      rate_limited: '201 requires_action [declined requires_action]',
      wrong_amount: opened, // nothing is paid yet
      wrong_currency: opened,
      // Paystack's answer has no word of status here.
      strange_word: provider === 'paystack' ? opened : '201 pending [unknown]',
    });
    await comeToRest(cases);
    const expired = `expired, ${NOTHING}`;
    expect(await atRest(cases)).toEqual({
      ...forAll(BEFORE, sentAgain ? expired : `failed, ${NOTHING}`),
      ...forAll([...AFTER, ...LIES], expired),
      rate_limited: expired,
    });
    expect(secondTried(cases)).toEqual(['rate_limited']);
  });

  it('when a payment is confirmed', async () => {
    const paidPage: Prepare = async (shop, scene) => {
      const { body } = await shop.pay(PAGE);
      await scene.press(body.next_action.url, 'success');
      return body.id;
    };
    const cases = await tryAll(provider, paidPage, (shop, behaviour, id) => {
      shop.psp.treat(shop.firstKey, ({ call }) => (call === 'verify' ? behaviour : 'honest'));
      return shop.post(`/payments/${id}/confirm`);
    });
    expect(table(cases, said)).toEqual({
      ...forAll(BEHAVIOURS, '200 requires_action [requires_action]'),
      wrong_amount: '200 partially_captured [succeeded] amount_mismatch',
      wrong_currency: '200 requires_action [succeeded] amount_mismatch',
    });
    await comeToRest(cases);
    expect(await atRest(cases)).toEqual({
      ...forAll(BEHAVIOURS, TAKEN),
      wrong_amount: `partially_captured ${MISMATCH}`,
      wrong_currency: `requires_action ${MISMATCH}`,
    });
    expect(secondTried(cases)).toEqual([]);
  });

  it('whenever it is asked about a charge whose reply was lost', async () => {
    const unheard: Prepare = async (shop) => {
      shop.psp.treatNext(shop.firstKey, 'charge', 'reply_lost');
      return (await shop.pay()).body.id;
    };
    const cases = await tryAll(provider, unheard, (shop, behaviour, id) => {
      shop.psp.treat(shop.firstKey, () => behaviour);
      return shop.get(`/payments/${id}`);
    });
    await hurrying(async () => {
      for (const waitMs of [4_000, 30_000, 120_000])
        await Promise.all([patient, hasty].map((scene) => scene.later(waitMs)));
    });
    const stillOpen = `pending, charged ${AMOUNT} in 1`;
    expect(await atRest(cases)).toEqual({
      ...forAll(BEHAVIOURS, stillOpen),
      wrong_amount: `partially_captured ${MISMATCH}`,
      wrong_currency: `pending ${MISMATCH}`,
    });
    await comeToRest(cases);
    expect(await atRest(cases)).toEqual({
      ...forAll(BEHAVIOURS, TAKEN),
      wrong_amount: `partially_captured ${MISMATCH}`,
      wrong_currency: `pending ${MISMATCH}`,
    });
    expect(secondTried(cases)).toEqual([]);
  });

  it('when an authorisation is captured', async () => {
    const cases = await tryAll(provider, authorized, async (shop, behaviour, id) => {
      shop.psp.treatNext(shop.firstKey, 'capture', behaviour);
      const { status } = await shop.post(`/payments/${id}/capture`);
      return { ...(await shop.get(`/payments/${id}`)), status };
    });
    expect(table(cases, said)).toEqual({
      ...forAll(BEHAVIOURS, '200 authorized [authorized]'),
      rate_limited: '502 authorized [authorized]', // a definite refusal (api/reevit.md section 4)
      wrong_amount: '200 partially_captured [succeeded] amount_mismatch',
      wrong_currency: '200 authorized [succeeded] amount_mismatch',
    });
    await comeToRest(cases);
    expect(await atRest(cases)).toEqual({
      ...forAll(BEFORE, sentAgain ? TAKEN : `authorized, ${NOTHING}`),
      ...forAll([...AFTER, ...LIES], TAKEN),
      rate_limited: `authorized, ${NOTHING}`,
      wrong_amount: `partially_captured ${MISMATCH}`,
      wrong_currency: `authorized ${MISMATCH}`,
    });
  });

  it('when an authorisation is released', async () => {
    const cases = await tryAll(provider, authorized, (shop, behaviour, id) => {
      shop.psp.treatNext(shop.firstKey, 'void', behaviour);
      return shop.post(`/payments/${id}/cancel`);
    });
    const released = '200 canceled [canceled]';
    expect(table(cases, said)).toEqual({
      ...forAll(BEHAVIOURS, '200 authorized [authorized]'),
      wrong_amount: released, // all of it is released: the amount says nothing
      wrong_currency: released,
    });
    await comeToRest(cases);
    expect(await atRest(cases)).toEqual({
      ...forAll(BEFORE, `${sentAgain ? 'canceled' : 'authorized'}, ${NOTHING}`),
      ...forAll([...AFTER, ...LIES], `canceled, ${NOTHING}`),
      rate_limited: `authorized, ${NOTHING}`,
    });
  });

  it('when a payment is refunded', async () => {
    const cases = await tryAll(provider, paid, (shop, behaviour, id) => {
      shop.psp.treatNext(shop.firstKey, 'refund', behaviour);
      return shop.post(`/payments/${id}/refund`);
    });
    const toldNow = provider === 'stripe' ? '201 succeeded' : '201 pending';
    expect(table(cases, ({ answer }) => `${answer.status} ${answer.body.status}`)).toEqual({
      ...forAll(BEHAVIOURS, '201 pending'),
      rate_limited: '201 failed',
      wrong_amount: toldNow,
      wrong_currency: toldNow,
    });
    const again = await Promise.all(
      cases.map(({ shop, id }) => shop.post(`/payments/${id}/refund`)),
    );
    expect(again.filter(({ status }) => status !== 400)).toHaveLength(1); // reserved, but where it was refused
    await comeToRest(cases);
    const given = `refunded, charged ${AMOUNT} in 1, refunded ${AMOUNT}`;
    const mismatch = `refunded amount_mismatch, charged ${AMOUNT} in 1, refunded ${AMOUNT}`;
    const lied = provider === 'stripe' ? mismatch : given; // Paystack told only that it began
    expect(await atRest(cases)).toEqual({
      ...forAll(BEFORE, sentAgain ? given : TAKEN),
      ...forAll([...AFTER, ...LIES], given),
      rate_limited: given, // by the second request
      wrong_amount: lied,
      wrong_currency: lied,
    });
  });
});
