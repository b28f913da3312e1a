import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { systemPorts } from '../kernel/ports.ts';
import { mountSimulators, type SimulatorsHandle } from './mount.ts';
import { type Movement, PspError, type SimulatorFactory } from './simulator.ts';

interface Charge {
  reference: string;
  amount: number;
}

/** The smallest PSP: one charge endpoint that books and sends a webhook, and a phone prompt. */
const createToyPsp: SimulatorFactory = ({ books, webhooks, phone, faultsOf }) => {
  const charges = books.collection<Charge>('charges');
  const keyOf = (authorization: string | undefined) => authorization?.slice('Bearer '.length) ?? '';
  return {
    routes(app) {
      app.post('/charge', (request) => {
        const key = keyOf(request.headers.authorization);
        const body = request.body as Charge & { metadata?: { simulate?: string } };
        const declined = faultsOf(request).find(({ name }) => name === 'decline');
        if (declined) throw new PspError(402, { refused: declined.argument });
        charges.put(key, body.reference, { reference: body.reference, amount: body.amount });
        webhooks.send({
          key,
          event: 'charged',
          body: JSON.stringify({ reference: body.reference }),
          sign: (text, secret) => ({ 'x-sum': `${text.length}-${secret}` }),
          reference: body.reference,
          amount: String(body.amount),
          operation: 'charge',
          simulate: body.metadata?.simulate ?? null,
        });
        return { ok: true };
      });
      app.post('/prompt', (request) => {
        const key = keyOf(request.headers.authorization);
        const fields = { merchant: '<b>Shop</b>', amount: 'GHS 2.00', reference: 'r9' };
        return { id: phone.ask(key, { phone: '+233551234987', subject: 'r9', ...fields }) };
      });
    },
    probe(request) {
      const body = request.body as Charge & { metadata?: { simulate?: string } };
      return {
        key: keyOf(request.headers.authorization),
        operation: request.url.endsWith('/charge') ? 'charge' : 'other',
        method: request.method,
        path: request.url.replace('/simulators/toy', ''),
        amount: body?.amount === undefined ? null : String(body.amount),
        reference: body?.reference ?? null,
        simulate: body?.metadata?.simulate ?? null,
      };
    },
    refusal: (kind, message) =>
      new PspError({ bad_body: 400, not_found: 404, rate_limited: 429 }[kind as string] ?? 500, {
        toy: kind,
        message,
      }),
    movements: (key): Movement[] =>
      (key === null ? [...charges.all()] : charges.list(key).map((c) => [key, c] as const)).map(
        ([owner, charge]) => ({
          key: owner,
          kind: 'charged',
          reference: charge.reference,
          paymentId: null,
          amountMinor: BigInt(charge.amount),
          currency: 'GHS',
        }),
      ),
    answerPrompt(key, subject, outcome) {
      if (outcome === 'success') charges.put(key, subject, { reference: subject, amount: 200 });
    },
  };
};

const log = { info: () => {}, warn: () => {}, error: () => {} };
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Collects webhooks; `next` resolves with the one after those already taken. */
async function receiver(status: (nth: number) => number = () => 200) {
  const bodies: { headers: IncomingMessage['headers']; body: string }[] = [];
  let wake = () => {};
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      bodies.push({ headers: request.headers, body });
      reply.writeHead(status(bodies.length)).end();
      wake();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closers.push(() => new Promise((done) => server.close(done)));
  const count = async (wanted: number) => {
    while (bodies.length < wanted) await new Promise<void>((done) => (wake = done));
    return bodies;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, bodies, count };
}

async function start(hook = 'http://127.0.0.1:9/') {
  const app = fastify({ forceCloseConnections: true });
  app.get('/own', () => ({ own: true }));
  const handle: SimulatorsHandle = mountSimulators(app, {
    publicUrl: 'http://127.0.0.1:1',
    webhookTarget: () => hook,
    booksDir: null,
    ports: systemPorts,
    log,
    simulators: { toy: { name: 'Toy', create: createToyPsp } },
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  closers.push(() => app.close());
  const call = (path: string, body?: unknown, init: RequestInit = {}) =>
    fetch(`${address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer k1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...init,
    });
  const charge = (reference: string, simulate?: string) =>
    call('/simulators/toy/charge', {
      reference,
      amount: 700,
      ...(simulate ? { metadata: { simulate } } : {}),
    });
  return { app, address, handle, call, charge };
}

describe('the frame of all simulators', () => {
  it('answers unknown paths and bad bodies in the words of the PSP and leaves the server alone', async () => {
    const { call } = await start();
    const lost = await call('/simulators/toy/nothing');
    expect([lost.status, await lost.json()]).toEqual([
      404,
      { toy: 'not_found', message: 'GET /nothing' },
    ]);
    const bad = await call('/simulators/toy/charge', {}, { body: '{"a":' });
    expect([bad.status, await bad.json()]).toEqual([
      400,
      { toy: 'bad_body', message: 'the body is not JSON' },
    ]);
    expect(await (await call('/own')).json()).toEqual({ own: true });
    expect(await (await call('/elsewhere')).json()).toMatchObject({ error: 'Not Found' });
  });

  it('loses the reply after booking, once per reference', async () => {
    const { charge, handle } = await start();
    await expect(charge('r1', 'toy=reply_lost')).rejects.toThrow();
    expect(handle.books('toy', 'k1').references).toMatchObject([
      { reference: 'r1', charged: '700' },
    ]);
    expect((await charge('r1', 'toy=reply_lost')).status).toBe(200);
  });

  it.each([
    ['reset_before', null],
    ['error_500_before', 500],
    ['rate_limit', 429],
    ['unavailable', 500],
  ])('books nothing when %s', async (fault, status) => {
    const { charge, handle } = await start();
    const reply = await charge('r1', fault).catch(() => null);
    expect(reply?.status ?? null).toBe(status);
    expect(handle.books('toy').totals).toEqual({});
  });

  it.each([
    ['error_500_after', 500, '{"toy":"internal","message":"internal error"}'],
    ['html_502', 502, expect.stringContaining('<html>')],
    ['truncated_json', 200, '{"ok"'],
    ['empty_body', 200, ''],
    ['latency:1', 200, '{"ok":true}'],
  ])('books, then spoils the reply: %s', async (fault, status, text) => {
    const { charge, handle } = await start();
    const reply = await charge('r1', fault);
    expect([reply.status, (await reply.text()).slice(0, 100)]).toEqual([status, text]);
    expect(handle.books('toy').totals).toMatchObject({ GHS: { charged: '700' } });
  });

  it('takes rules from the control endpoint, matches them and counts them down', async () => {
    const { call, charge, handle } = await start();
    const rule = {
      match: { reference: 'r2', path: '/^.charge$/' },
      fault: 'decline',
      code: 'no',
      times: 1,
    };
    expect((await call('/simulators/toy/_simulator/faults', rule)).status).toBe(201);
    expect((await charge('r1')).status).toBe(200);
    const refused = await charge('r2');
    expect([refused.status, await refused.json()]).toEqual([402, { refused: 'no' }]);
    expect((await charge('r2')).status).toBe(200);
    expect(await (await call('/simulators/toy/_simulator/faults')).json()).toEqual({ faults: [] });
    handle.addFault('toy', { fault: 'rate_limit' });
    await call('/simulators/toy/_simulator/faults', undefined, { method: 'DELETE', headers: {} });
    expect((await charge('r3')).status).toBe(200);
  });

  it.each([
    [{ fault: 'nonsense' }],
    [{ fault: 'latency', times: 0 }],
    [{ fault: 'latency', match: { path: '/(/' } }],
    [{ fault: 'latency', match: { colour: 'red' } }],
    ['text'],
    [null],
  ])('refuses the rule %j', async (rule) => {
    const { call } = await start();
    expect((await call('/simulators/toy/_simulator/faults', rule)).status).toBe(400);
  });

  it('sends webhooks to the endpoint of the key, with its secret, and repeats refused ones', async () => {
    const hook = await receiver((nth) => (nth === 1 ? 500 : 200));
    const { call, charge } = await start();
    const target = { key: 'k1', url: hook.url, secret: 's3' };
    expect((await call('/simulators/toy/_simulator/webhook', target)).status).toBe(204);
    await charge('r1');
    const [first, second] = await hook.count(2);
    expect(first!.body).toBe('{"reference":"r1"}');
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['x-sum']).toBe('18-s3');
  });

  it('sends a webhook twice, forged, late or not at all when asked', async () => {
    const hook = await receiver();
    const { charge } = await start(hook.url);
    await charge('lost', 'webhook_lost');
    await charge('twice', 'webhook_twice');
    await hook.count(2);
    expect(hook.bodies.map(({ body }) => body)).toEqual(Array(2).fill('{"reference":"twice"}'));
    await charge('forged', 'webhook_forged');
    await hook.count(3);
    expect(hook.bodies[2]!.headers['x-sum']).not.toBe('22-null');
    await charge('held', 'webhook_reordered');
    await charge('after');
    await hook.count(5);
    expect(hook.bodies.slice(3).map(({ body }) => body)).toEqual([
      '{"reference":"after"}',
      '{"reference":"held"}',
    ]);
  });

  it('delivers an early webhook before the reply', async () => {
    const hook = await receiver();
    const { charge } = await start(hook.url);
    await charge('r1', 'webhook_early');
    expect(hook.bodies).toHaveLength(1);
  });

  it('shows prompts on a phone however its number is written, escaped, and answers each once', async () => {
    const { call, handle, address } = await start();
    await call('/simulators/toy/prompt', {});
    const html = await (await call('/simulators/phone/0551234987')).text();
    expect(html).toContain('&#60;b&#62;Shop&#60;/b&#62;');
    expect(html).not.toContain('<b>Shop');
    const listed = await call('/simulators/phone/551234987', undefined, {
      headers: { accept: 'application/json' },
    });
    expect(await listed.json()).toMatchObject({ prompts: [{ id: 'toy-1', provider: 'toy' }] });
    const answer = () =>
      fetch(`${address}/simulators/phone/233551234987`, {
        method: 'POST',
        body: new URLSearchParams({ outcome: 'success', prompt: 'toy-1' }),
      });
    expect((await answer()).status).toBe(200);
    expect((await answer()).status).toBe(404);
    expect(handle.books('toy').totals).toMatchObject({ GHS: { counts: { charged: 1 } } });
  });
});
