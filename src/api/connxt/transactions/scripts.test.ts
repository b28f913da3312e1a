// Scripts that somebody uploads: what each way of ending means for a transaction (connxt.md 7.6), which version runs, and
// looking into runs afterwards. The PSP is a server of this test.
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  DEPOSIT,
  type Desk,
  openDesk,
  transaction,
} from '../../../../test/connxt-desk.ts';

let desk: Desk;
let client: Client;
let psp: FastifyInstance;
let target: string;
let definition: string;
let pspId: string;
const calls: string[] = [];

const API = 'https://api.acme.example';

function connector(more: object = {}) {
  return {
    key: 'acme',
    version: '1.0.0',
    name: 'Acme Pay',
    logo: null,
    credentialSchema: {
      type: 'object',
      required: ['apiKey'],
      properties: { apiKey: { type: 'string', format: 'password' } },
      additionalProperties: false,
    },
    inputSchema: { currencies: ['USD'], countries: [], paymentMethods: [] },
    egress: ['api.acme.example'],
    webhook: {
      verify: 'script',
      ack: { status: 200, body: 'thanks', contentType: 'text/plain' },
      locate: [],
      locatePsp: [],
    },
    capabilities: {
      partialRefund: false,
      direct: false,
      reportsAmount: false,
      linkLifetimeSec: 900,
      abandonAfterSec: 86_400,
    },
    errors: {},
    actions: {
      DEPOSIT: {
        script: 'connector.js',
        steps: ['initiate', 'redirect', 'webhook', 'sync'],
        inputSchema: {},
        outputSchema: {},
        flowConfiguration: null,
      },
    },
    ...more,
  };
}

/** What initiate does is the merchant's wish: the tests need one connector for all. */
const SCRIPT = `
const JSON_BODY = { headers: { 'content-type': 'application/json' }, body: '{}' };
const ways = {
  page: async (ctx, sdk) => sdk.response.success({ orderId: ctx.id, navigation: { type: 'redirect', contentType: 'url', value: 'https://pay.acme.example/1' } }),
  redirect: async (ctx, sdk) => sdk.response.redirect('https://pay.acme.example/2', { orderId: ctx.id }),
  accepted: async (ctx, sdk) => { await sdk.http.post('${API}/charge', JSON_BODY); return sdk.response.success({ orderId: ctx.id, status: 'success' }); },
  failure: async (ctx, sdk) => { await sdk.http.post('${API}/charge', JSON_BODY); return sdk.response.failure('no funds', 402); },
  failure500: async (ctx, sdk) => { await sdk.http.post('${API}/broken', JSON_BODY); return sdk.response.failure('it broke', 500); },
  open: async (ctx, sdk) => sdk.response.success({ orderId: ctx.id, here: ctx.urls.server, navigation: { type: 'redirect', contentType: 'url', value: 'https://pay.acme.example/1' } }, { pspTxnId: 'ours' }),
  shared: async (ctx, sdk) => sdk.response.success({ orderId: ctx.id, navigation: { type: 'redirect', contentType: 'url', value: 'https://pay.acme.example/1' } }, { pspTxnId: 'shared' }),
  nowhere: async (ctx, sdk) => sdk.response.success({ orderId: ctx.id, navigation: { type: 'redirect', contentType: 'url', value: 'https://' } }),
  unreadable: async (ctx, sdk) => sdk.response.success({ orderId: ctx.id }, { outcome: 'ACCEPTED', pspTxnId: '\\u0000' }),
  named: async (ctx, sdk) => { await sdk.http.post('${API}/charge', JSON_BODY); return sdk.response.success({ orderId: ctx.id }, { outcome: 'SUCCEEDED', pspTxnId: ctx.data.body.order.id }); },
  thrown: async () => { throw new Error('oops'); },
  thrownAfter: async (ctx, sdk) => { await sdk.http.post('${API}/charge', JSON_BODY); throw new Error('oops'); },
  endless: async () => { for (;;); },
  endlessAfter: async (ctx, sdk) => { await sdk.http.post('${API}/charge', JSON_BODY); for (;;); },
  wrongOutput: async (ctx, sdk) => sdk.response.success({ nothing: true }),
  nothing: async () => undefined,
  leak: async (ctx, sdk) => { sdk.logger.info(ctx.credential.apiKey); return sdk.response.failure('key is ' + ctx.credential.apiKey, 400); },
  big: async (ctx, sdk) => { for (let i = 0; i < 3; i += 1) await sdk.http.get('${API}/big'); return sdk.response.failure('enough', 400); },
  forbidden: async (ctx, sdk) => { const reply = await sdk.http.get('https://elsewhere.example/'); return sdk.response.failure('sent: ' + reply.sent, 400); },
};
export async function initiate(ctx, sdk) { return ways[ctx.data.body.customAttributes.way](ctx, sdk); }
const told = (ctx, sdk, pspTxnId) => sdk.response.success({ orderId: ctx.id }, { outcome: 'ACCEPTED', pspTxnId });
export const redirect = async (ctx, sdk) => told(ctx, sdk, ctx.data.query.psp);
export const webhook = async (ctx, sdk) => {
  if (ctx.data.headers.signature === 'right') sdk.webhook.verified('header');
  return told(ctx, sdk, ctx.data.body.psp);
};
export const sync = async (ctx, sdk) => {
  const reply = await sdk.http.get('${API}/state/' + ctx.id);
  return sdk.response.success({ version: 'VERSION' }, { outcome: reply.data.state });
};
`;

beforeAll(async () => {
  psp = fastify();
  psp.post('/charge', async () => {
    calls.push('charge');
    return { ok: true };
  });
  psp.post('/broken', async (_request, reply) => reply.code(500).send({ error: 'broken' }));
  psp.get('/big', async () => ({ long: 'x'.repeat(100_000) }));
  psp.get('/state/:id', async () => ({ state: 'SUCCEEDED' }));
  const url = await psp.listen({ port: 0, host: '127.0.0.1' });
  desk = await openDesk({ providerUrls: { acme: url } });
  client = await desk.client();
  const made = await client.admin('POST', '/script-connectors', {
    connector: connector(),
    scripts: { 'connector.js': SCRIPT },
  });
  expect(made.status, made.text).toBe(201);
  target = made.body.flowTarget.id;
  definition = made.body.flowDefinitions[0].id;
  const created = await client.send('POST', '/psps/external', {
    name: 'Acme',
    credential: JSON.stringify({ apiKey: 'top_secret_of_acme' }),
    flowTargetId: target,
    operations: [{ flowActionId: DEPOSIT, flowDefinitionId: definition, status: 'ENABLED' }],
  });
  expect(created.status, created.text).toBe(200);
  pspId = created.body.data.id;
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await psp?.close();
});

async function run(way: string) {
  const asked = transaction(pspId, { target, attributes: { way }, orderId: way });
  return client.send('POST', '/transactions', asked);
}
const read = async (txnId: string) =>
  (await client.send('GET', `/transactions/${txnId}`)).body.data;

describe('a script that', () => {
  it.each([
    ['returns a page', 'page', { success: true, status: 'INITIATED', error: null }],
    ['redirects', 'redirect', { success: true, status: 'INITIATED', data: { __type: 'redirect' } }],
    [
      'refuses, and was answered',
      'failure',
      { success: false, status: 'REJECTED', error: 'no funds' },
    ],
    [
      'refuses after a 500',
      'failure500',
      { success: false, status: 'INITIATED', outcomeUnknown: true },
    ],
    ['throws before it sent anything', 'thrown', { success: false, status: 'FAILED', data: null }],
    [
      'throws after it sent',
      'thrownAfter',
      { success: false, status: 'INITIATED', outcomeUnknown: true },
    ],
    ['never ends', 'endless', { success: false, status: 'FAILED', data: null }],
    [
      'never ends after it sent',
      'endlessAfter',
      { success: false, status: 'INITIATED', outcomeUnknown: true },
    ],
    ['returns what fits no schema', 'wrongOutput', { success: false, status: 'FAILED' }],
    ['returns nothing', 'nothing', { success: false, status: 'FAILED' }],
    ['leads to an address that is none', 'nowhere', { success: false, status: 'FAILED' }],
    ['names an id that nobody could keep', 'unreadable', { success: false, status: 'FAILED' }],
    [
      'calls where it may not',
      'forbidden',
      { success: false, error: 'sent: not_sent', status: 'REJECTED' },
    ],
  ])('%s', async (_what, way, shown) => {
    const { status, body } = await run(way);
    expect(status).toBe(200);
    expect(body.data).toMatchObject(shown);
    expect((await read(body.data.txnId)).status).toBe(shown.status);
  });

  it('navigates by a redirect, and its page stands where clients look', async () => {
    const { body } = await run('redirect');
    expect(body.data.data.data.navigation).toEqual({
      type: 'redirect',
      contentType: 'url',
      value: 'https://pay.acme.example/2',
    });
  });

  it('says by its text what was wrong with its answer', async () => {
    const { body } = await run('wrongOutput');
    expect(body.data.error).toMatch(/^Output validation failed for step 'initiate': /);
    expect((await run('nothing')).body.data.error).toBe('Handler must return an object');
  });

  it('finishes nothing is answered as the transaction, accepted', async () => {
    const { body } = await run('accepted');
    expect(body.data).toMatchObject({ status: 'PG_ACCEPTED' });
    expect(body.data.success).toBeUndefined();
    expect(body.data.customData.vmExecutionResponse.success).toBe(true);
  });

  it('died after it sent is never run again: the PSP is asked', async () => {
    const { body } = await run('endlessAfter');
    const before = calls.length;
    expect(before).toBeGreaterThan(0);
    await desk.stage.later(60_000);
    expect((await read(body.data.txnId)).status).toBe('SUCCESS');
    expect(calls.length).toBe(before);
  });

  it('tells its credential finds it nowhere again', async () => {
    const answer = await run('leak');
    expect(answer.text).not.toContain('top_secret_of_acme');
    const { txnId } = answer.body.data;
    const runs = `/environments/${client.environmentId}/transactions/${txnId}/runs`;
    expect((await client.admin('GET', runs)).text).not.toContain('top_secret_of_acme');
    const events = await client.send('GET', `/transactions/${txnId}/events`);
    expect(events.text).not.toContain('top_secret_of_acme');
    expect(desk.stage.logLines.join('')).not.toContain('top_secret_of_acme');
  });
});

it('lets nobody but the PSP say by which id it knows a transaction', async () => {
  const { body } = await run('open');
  const { txnId } = body.data;
  const { webhook, redirect } = body.data.data.data.here;
  const tell = (name: string, headers: Record<string, string> = {}) =>
    desk.visit(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ psp: name }),
    });
  await tell('theirs');
  expect(await read(txnId)).toMatchObject({ status: 'PG_ACCEPTED', pspTxnId: 'ours' });
  await tell('renamed', { signature: 'right' });
  expect((await read(txnId)).pspTxnId).toBe('renamed');
  await desk.visit(`${redirect}?psp=theirs`);
  expect((await read(txnId)).pspTxnId).toBe('renamed');
});

it('takes one payment at the PSP for one of ours', async () => {
  const paid = async () => {
    const asked = transaction(pspId, { target, attributes: { way: 'named' }, orderId: 'twice' });
    return (await client.send('POST', '/transactions', asked)).body.data;
  };
  const all = await Promise.all([paid(), paid(), paid(), paid()]);
  const [first, ...others] = all.sort((a, b) => (a.status > b.status ? -1 : 1));
  expect(first).toMatchObject({ status: 'SUCCESS', pspTxnId: 'twice' });
  for (const other of others)
    expect(other).toMatchObject({ status: 'INITIATED', pspTxnId: null, outcomeUnknown: true });
});

it('closes nothing because of a success that it does not believe', async () => {
  const ids = [await run('shared'), await run('shared')].map(({ body }) => body.data.txnId);
  await desk.stage.later(60_000);
  await desk.stage.later(2 * 86_400_000);
  const statuses = await Promise.all(ids.map(async (id) => (await read(id)).status));
  expect(statuses.sort()).toEqual(['INITIATED', 'SUCCESS']);
});

describe('versions', () => {
  const versions = () => `/flow-definitions/${definition}/versions`;
  const stepsOf = async (txnId: string) => {
    const way = `/environments/${client.environmentId}/transactions/${txnId}/runs`;
    const { body } = await client.admin('GET', way);
    return body.runs.map(({ step, number }: { step: string; number: number }) => [step, number]);
  };

  it('of a transaction stay the one that it began with', async () => {
    const { body: old } = await run('accepted');
    const code = SCRIPT.replace('VERSION', 'two');
    const draft = await client.admin('POST', versions(), { code });
    const { number } = draft.body;
    for (const way of ['validate', 'publish'])
      expect((await client.admin('POST', `${versions()}/${number}/${way}`)).status).toBe(200);
    const { body: young } = await run('accepted');
    await desk.stage.later(60_000);
    expect(await stepsOf(old.data.txnId)).toEqual([
      ['initiate', 1],
      ['sync', 1],
    ]);
    expect(await stepsOf(young.data.txnId)).toEqual([
      ['initiate', number],
      ['sync', number],
    ]);
    await client.admin('POST', `/flow-definitions/${definition}/rollback`, {});
    const { body: back } = await run('page');
    expect(await stepsOf(back.data.txnId)).toEqual([['initiate', 1]]);
  });

  it('that do not pass are told why, and nothing runs them', async () => {
    const draft = await client.admin('POST', versions(), { code: 'export const initiate = 7;' });
    const answer = await client.admin('POST', `${versions()}/${draft.body.number}/validate`);
    expect(answer.status).toBe(422);
    expect(answer.body.details.problems.length).toBeGreaterThan(0);
    const published = await client.admin('POST', `${versions()}/${draft.body.number}/publish`);
    expect(published.status).toBe(409);
  });

  it('can be rehearsed on recorded answers', async () => {
    const ctx = {
      id: 'ortx000000000000',
      step: 'sync',
      credential: { apiKey: 'k' },
      data: { reason: 'manual' },
      urls: { server: {}, origin: {} },
      txn: { id: 'ortx000000000000', action: 'DEPOSIT', amount: '12.00', currency: 'USD' },
      parent: null,
      state: null,
      live: false,
      idempotencyKey: 'x',
    };
    const http = [
      {
        method: 'GET',
        url: `${API}/state/*`,
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"state":"FAILED"}',
      },
    ];
    const dry = await client.admin('POST', `${versions()}/1/dry-run`, { step: 'sync', ctx, http });
    expect(dry.body.end).toMatchObject({ kind: 'returned', result: { outcome: 'FAILED' } });
    const empty = await client.admin('POST', `${versions()}/1/dry-run`, { step: 'sync', ctx });
    expect(empty.body.exchanges).toMatchObject([{ sent: 'not_sent' }]);
  });

  it('run again from the journal, with the same end', async () => {
    const { body } = await run('failure');
    const base = `/environments/${client.environmentId}`;
    const { body: list } = await client.admin(
      'GET',
      `${base}/transactions/${body.data.txnId}/runs`,
    );
    const before = calls.length;
    const again = await client.admin('POST', `${base}/script-runs/${list.runs[0].id}/replay`);
    expect(again.body.end).toEqual({
      kind: 'returned',
      result: { __type: 'failure', message: 'no funds', status: 402 },
    });
    expect(calls.length).toBe(before);
  });
});

it('keeps no journal of a run that heard very much', async () => {
  const { body } = await run('big');
  expect(body.data.error).toBe('enough');
  const base = `/environments/${client.environmentId}`;
  const { body: list } = await client.admin('GET', `${base}/transactions/${body.data.txnId}/runs`);
  expect(list.runs).toMatchObject([{ step: 'initiate', journal: null }]);
  const replay = `${base}/script-runs/${list.runs[0].id}/replay`;
  expect((await client.admin('POST', replay)).status).toBe(409);
});

it('takes the published form of scripts as it is', async () => {
  const code = `
import { crypto } from "jsr:@std/crypto";
export const initiate = async (ctx, sdk) => {
  const bytes = await crypto.subtle.digest("MD5", new TextEncoder().encode("abc"));
  const md5 = Array.from(new Uint8Array(bytes)).map((one) => one.toString(16).padStart(2, "0")).join("");
  return sdk.response.success({ orderId: ctx.id, status: "success", md5, userId: ctx.data.body.customer.id,
    navigation: { type: "redirect", contentType: "url", value: "https://pay.acme.example/" + md5 } });
};
export const redirect = async (ctx, sdk) => sdk.response.success({});
export const webhook = redirect;
export const sync = redirect;
`;
  const made = await client.admin('POST', '/script-connectors', {
    connector: connector({ key: 'published', name: 'Published' }),
    scripts: { 'connector.js': code },
  });
  expect(made.status, made.text).toBe(201);
  const { flowTarget, flowDefinitions } = made.body;
  const created = await client.send('POST', '/psps/external', {
    name: 'Published',
    credential: '{"apiKey":"key_123456"}',
    flowTargetId: flowTarget.id,
    operations: [
      { flowActionId: DEPOSIT, flowDefinitionId: flowDefinitions[0].id, status: 'ENABLED' },
    ],
  });
  const asked = transaction(created.body.data.id, { target: flowTarget.id });
  const { body } = await client.send('POST', '/transactions', asked);
  expect(body.data.data.data.md5).toBe('900150983cd24fb0d6963f7d28e17f72');
});
