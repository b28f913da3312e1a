import { afterEach, describe, expect, it } from 'vitest';
import { systemPorts } from '../kernel/ports.ts';
import { type SimulatorServer, startSimulators } from './server.ts';

let server: SimulatorServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function start(): Promise<SimulatorServer> {
  server = await startSimulators({
    host: '127.0.0.1',
    port: 0,
    webhookTarget: () => 'http://127.0.0.1:9/',
    booksDir: null,
    ports: systemPorts,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
  return server;
}

const post = (url: string, body: object) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_alone', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('the simulators alone', () => {
  it('serve the same paths, and pages at the address they listen on', async () => {
    const { url } = await start();
    const reply = await post(`${url}/simulators/paystack/transaction/initialize`, {
      email: 'ama@example.com',
      amount: 20_000,
      currency: 'GHS',
    });
    const { data } = (await reply.json()) as { data: { authorization_url: string } };
    expect(data.authorization_url.startsWith(`${url}/simulators/paystack/checkout/`)).toBe(true);
    expect((await fetch(data.authorization_url)).status).toBe(200);
  });

  it('hang up after charging when the reply is to be lost', async () => {
    const { url, simulators } = await start();
    const charge = {
      email: 'ama@example.com',
      amount: 20_000,
      reference: 'lost-1',
      authorization_code: 'AUTH_success',
      metadata: { simulate: 'reply_lost' },
    };
    await expect(post(`${url}/simulators/paystack/charge`, charge)).rejects.toThrow('fetch failed');
    expect(simulators.books('paystack').references).toMatchObject([
      { reference: 'lost-1', charged: '20000', counts: { charged: 1 } },
    ]);
  });

  it('knows no provider that it has no simulator of', async () => {
    const { simulators } = await start();
    expect(() => simulators.books('nobody')).toThrow('no simulator of nobody');
  });
});
