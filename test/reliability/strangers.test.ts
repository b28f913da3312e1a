// What anybody on the internet can make us keep or ask is bounded, and what a PSP sends meanwhile is not lost: it is
// told to come again.
// Mutations: let bounds.ts always have room; let it always ask.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundStrangers } from '../../src/flows/receive-webhook/bounds.ts';
import { forgetForgeries, measureStrays } from '../../src/store/inbound-webhooks.ts';
import { type Merchant, openStage, type Stage } from '../stage.ts';

const DAY = 24 * 60 * 60_000;

let stage: Stage;
let merchant: Merchant;
let connection: string;
beforeAll(async () => {
  stage = await openStage();
  merchant = await stage.merchant();
  connection = await merchant.connect('paystack');
});
afterAll(() => stage?.close());
beforeEach(() => {
  stage.clock.advance(10_000);
});

async function post(path: string, reference: string, text = '') {
  const reply = await stage.app.inject({
    method: 'POST',
    url: `/v1/webhooks/incoming/paystack${path}`,
    headers: { 'content-type': 'application/json', 'x-paystack-signature': '00' },
    payload: JSON.stringify({ event: 'charge.success', data: { id: 1, reference, text } }),
  });
  return { status: reply.statusCode, retryAfter: reply.headers['retry-after'] };
}
const kept = () => measureStrays(stage.context.db);

describe('messages that nobody vouches for', () => {
  it('are kept up to a number, and then their PSP is told to come again', async () => {
    const { rows } = await kept();
    boundStrangers(stage.context.db, { strayRowsMax: rows + 2 });
    const answers = [];
    for (const index of [1, 2, 3]) answers.push(await post('', `nobodys${index}`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503]);
    expect(answers[2]?.retryAfter).toBe('60');
    expect((await kept()).rows).toBe(rows + 2);
  });

  it('are kept up to a size', async () => {
    const { bytes, rows } = await kept();
    boundStrangers(stage.context.db, { strayBytesMax: bytes + 50_000 });
    const long = 'x'.repeat(40_000);
    expect((await post('', 'long1', long)).status).toBe(200);
    expect((await post('', 'long2', long)).status).toBe(503);
    expect((await kept()).rows).toBe(rows + 1);
  });

  it('are refused as forgeries however full it is, and not kept for ever', async () => {
    const { rows } = await kept();
    boundStrangers(stage.context.db, { strayRowsMax: rows + 1 });
    for (const index of [1, 2])
      expect((await post(`/${connection}`, `forged${index}`)).status).toBe(400);
    expect((await kept()).rows).toBe(rows + 1);
    await forgetForgeries(stage.context.db, stage.clock.nowMs() + DAY);
    expect((await kept()).rows).toBe(rows);
  });

  it('cost a PSP so many questions in a minute, of each connection', async () => {
    const bounds = boundStrangers(stage.context.db, { questionsPerMinute: 2 });
    const ask = (one: string) => bounds.mayAsk(stage.context, one);
    expect([ask('a'), ask('a'), ask('a'), ask('b')]).toEqual([true, true, false, true]);
    stage.clock.advance(60_000);
    expect(ask('a')).toBe(true);
  });
});
