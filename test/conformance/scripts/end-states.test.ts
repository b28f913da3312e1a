// The amounts of psp/paymaxis.md section 7 and psp/sticpay.md section 9, each through the whole server: what the
// merchant reads in the end, and that the PSP moved the money once or not at all.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ScriptPool } from '../../../src/connectors/script/contract.ts';
import { openScriptPool } from '../../../src/connectors/script/pool.ts';
import { systemRandom } from '../../../src/kernel/ports.ts';
import {
  type Client,
  type Desk,
  openDesk,
  PAYMAXIS,
  STICPAY,
  transaction,
} from '../../connxt-desk.ts';

let desk: Desk;
let client: Client;
let scripts: ScriptPool;
const psps = new Map<string, string>();

beforeAll(async () => {
  // Scripts live in the time of the stage, as they do in the time of the server.
  const clock = { nowMs: () => desk.stage.clock.nowMs() };
  scripts = openScriptPool({ clock, random: systemRandom }, { slots: 1 });
  // What a PSP never answers is soon given up.
  desk = await openDesk({ deadlineMs: 500, scripts });
  client = await desk.client();
  for (const target of [PAYMAXIS, STICPAY]) psps.set(target, await client.psp(target));
}, 120_000);
afterAll(async () => {
  await desk?.close();
  await scripts?.close();
});

const read = async (txnId: string) =>
  (await client.send('GET', `/transactions/${txnId}`)).body.data;

/** What the PSP's books say: the counts of charges of this transaction. */
function charges(provider: string, txnId: string): number {
  const { references } = desk.stage.simulators.books(provider);
  return references
    .filter(({ reference }) => reference === txnId)
    .reduce((sum, { counts }) => sum + counts.charged, 0);
}

async function play(target: string, amount: number, does: Payer) {
  const asked = transaction(psps.get(target)!, { target, amount, orderId: `order ${amount}` });
  const { body } = await client.send('POST', '/transactions', asked);
  const { txnId } = body.data;
  const page = body.data.data?.data?.navigation?.value as string | undefined;
  if (does !== 'nothing' && page !== undefined) {
    const back = await desk.pay(page, does);
    await desk.visit(back);
  }
  return txnId as string;
}

type Payer = 'success' | 'failure' | 'cancel' | 'nothing';

async function ends(txnId: string, status: string): Promise<void> {
  const look = async () => {
    await desk.stage.later(600_000);
    expect((await read(txnId)).status).toBe(status);
  };
  await vi.waitFor(look, { timeout: 10_000, interval: 100 });
}

describe('Paymaxis', () => {
  it.each([
    [12, 'success', 'SUCCESS', 1],
    [12, 'failure', 'FAILED', 0],
    [12, 'cancel', 'FAILED', 0],
    [12.01, 'success', 'REJECTED', 0],
    [12.02, 'success', 'SUCCESS', 1],
    [12.03, 'success', 'FAILED', 0],
    [12.04, 'nothing', 'SUCCESS', 1],
    [12.05, 'nothing', 'SUCCESS', 1],
    [12.06, 'success', 'SUCCESS', 1],
    [12.07, 'success', 'SUCCESS', 1],
    [12.08, 'success', 'PENDING_FOR_APPROVAL', 1],
    [12.09, 'success', 'SUCCESS', 1],
    [12.1, 'success', 'SUCCESS', 1],
    [12.11, 'nothing', 'REJECTED', 0],
    [12.12, 'nothing', 'REJECTED', 0],
    [12.13, 'nothing', 'SUCCESS', 1],
  ] as const)(
    '%f, %s: %s',
    async (amount, does, status, charged) => {
      const txnId = await play(PAYMAXIS, amount, does);
      await ends(txnId, status);
      expect(charges('paymaxis', txnId)).toBe(charged);
    },
    30_000,
  );
});

describe('SticPay', () => {
  it.each([
    [12, 'success', 'SUCCESS', 1],
    [12, 'failure', 'FAILED', 0],
    [12.01, 'nothing', 'REJECTED', 0],
    [12.04, 'success', 'SUCCESS', 1],
    [12.05, 'success', 'FAILED', 0],
    [12.06, 'success', 'SUCCESS', 1],
    [12.07, 'success', 'SUCCESS', 1], // by the schedule: the wrong callback changed nothing
    [12.08, 'success', 'SUCCESS', 1],
    [12.09, 'success', 'SUCCESS', 1],
    [12.1, 'nothing', 'SUCCESS', 1],
    [12.12, 'success', 'SUCCESS', 1],
    [12.13, 'success', 'SUCCESS', 1],
    [12.14, 'success', 'SUCCESS', 1],
    [12.15, 'success', 'SUCCESS', 1],
  ] as const)(
    '%f, %s: %s',
    async (amount, does, status, charged) => {
      const txnId = await play(STICPAY, amount, does);
      await ends(txnId, status);
      expect(charges('sticpay', txnId)).toBe(charged);
    },
    30_000,
  );

  it.each([
    [12.02, 'cancel', 'REJECTED'],
    [12.03, 'nothing', 'ABANDONED'],
  ] as const)(
    '%f, %s: %s once the link is over',
    async (amount, does, status) => {
      const txnId = await play(STICPAY, amount, does);
      await desk.stage.later(400_000);
      if (status === 'ABANDONED') await desk.stage.later(25 * 3_600_000);
      await ends(txnId, status);
      expect(charges('sticpay', txnId)).toBe(0);
    },
    30_000,
  );
});
