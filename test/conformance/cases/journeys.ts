// The ways a customer pays: a page, a prompt, a code, an account. What the customer does is learned by asking alone;
// that the browser came back proves nothing (C-6).
import { expect } from 'vitest';
import {
  type Case,
  type Cases,
  expectAction,
  expectDeclined,
  expectOpen,
  expectPaid,
} from '../case.ts';
import { press, submitAll } from '../customer.ts';
import type { Merchant } from '../merchant.ts';
import type { Button } from '../psps.ts';
import type { Row } from '../rows.ts';
import type { Journey, Step } from '../subject.ts';

export const journeys: Cases = ({ journeys }) =>
  journeys.flatMap((journey) => [
    success(journey),
    ...(journey.answer === null ? [] : [refusal(journey), cancellation(journey)]),
    ...(journey.expires === null ? [] : [expiry(journey, journey.expires)]),
    ...(journey.steps ?? []).flatMap((step, index) => [
      ...(step.wrong === null ? [] : [wrongStep(journey, index, step.wrong)]),
      odd(journey, index),
    ]),
  ]);

/** Rows of which there is one kind. */
const UNNAMED: ReadonlySet<Row> = new Set([
  'page',
  'client',
  'authorize',
  'authentication',
  'ussd',
  'qr',
]);

function success(journey: Journey): Case {
  const { name, row, asks, answer, refusedAfterAll, calls = 1 } = journey;
  const paid = UNNAMED.has(row) ? { row } : { row, detail: name };
  return {
    name: `${name}: ${refusedAfterAll ? 'the bank refuses after all' : 'the customer pays'}`,
    proves: [refusedAfterAll ? { row: 'decline', detail: refusedAfterAll } : paid],
    async run(merchant) {
      const payment = await merchant.charge(journey.patch);
      expectAction(payment.last, asks);
      expect(merchant.exchanges).toHaveLength(calls);
      await submitAll(merchant, payment, journey);
      if (answer) {
        // Asked about at once: what the customer has to do is still known.
        expectAction(await merchant.sync(payment), journey.steps ? 'wait' : asks);
        await press(merchant, payment, journey, 'success');
        await merchant.sync(payment);
      }
      if (refusedAfterAll) expectDeclined(payment.last, refusedAfterAll);
      else expectPaid(payment);
    },
  };
}

function refusal(journey: Journey): Case {
  const { name, declined } = journey;
  return {
    name: `${name}: the customer's payment is refused${declined === 'open' ? ', and paid with the next try' : ''}`,
    run: (merchant) => answered(merchant, journey, 'failure', declined),
  };
}

function cancellation(journey: Journey): Case {
  const { name, cancelled } = journey;
  return {
    name: `${name}: the customer leaves${cancelled === 'open' ? ', comes back and pays' : ''}`,
    run: (merchant) => answered(merchant, journey, 'cancel', cancelled),
  };
}

async function answered(
  merchant: Merchant,
  journey: Journey,
  button: Button,
  becomes: Journey['declined'],
): Promise<void> {
  const payment = await merchant.charge(journey.patch);
  await submitAll(merchant, payment, journey);
  await press(merchant, payment, journey, button);
  const outcome = await merchant.sync(payment);
  if (becomes !== 'open') return expectDeclined(outcome, becomes);
  expectOpen(outcome);
  if (journey.refusedAfterAll) return;
  await press(merchant, payment, journey, 'success');
  await merchant.sync(payment);
  expectPaid(payment);
}

function expiry(journey: Journey, { afterMs, code }: NonNullable<Journey['expires']>): Case {
  return {
    name: `${journey.name}: nobody answers in time`,
    ...(journey.row === 'page' ? { proves: [{ row: 'expiry' }] } : {}),
    async run(merchant) {
      const payment = await merchant.charge(journey.patch);
      await merchant.psps.advance(afterMs - 60_000);
      expectOpen(await merchant.sync(payment));
      await merchant.psps.advance(120_000);
      expectDeclined(await merchant.sync(payment), code);
    },
  };
}

function wrongStep(journey: Journey, index: number, wrong: NonNullable<Step['wrong']>): Case {
  const { field } = journey.steps![index]!;
  return {
    name: `${journey.name}: a wrong ${field} ends it`,
    async run(merchant) {
      const payment = await merchant.charge(journey.patch);
      await submitAll(merchant, payment, journey, index);
      expectDeclined(await merchant.submit(payment, field, wrong.value), wrong.code);
      expectDeclined(await merchant.sync(payment), wrong.code);
    },
  };
}

/** What the PSP cannot read ends nothing: the charge is open there, so it must not read as refused. */
function odd(journey: Journey, index: number): Case {
  const step = journey.steps![index]!;
  return {
    name: `${journey.name}: a ${step.field} that cannot be one leaves it open`,
    async run(merchant) {
      const payment = await merchant.charge(journey.patch);
      await submitAll(merchant, payment, journey, index);
      const outcome = await merchant.submit(payment, step.field, step.malformed);
      expect(['unknown', 'requires_action']).toContain(outcome.kind);
      await merchant.psps.advance(15_000); // PSPs do not want to be asked at once
      expectOpen(await merchant.sync(payment));
      await submitAll(merchant, payment, journey, journey.steps!.length, index);
      await press(merchant, payment, journey, 'success');
      await merchant.sync(payment);
      expectPaid(payment);
    },
  };
}
