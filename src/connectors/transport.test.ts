import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Transport } from './transport.ts';

const opened: { close(): void }[] = [];
const transports: Transport[] = [];

afterEach(async () => {
  await Promise.all(transports.splice(0).map((one) => one.close()));
  for (const server of opened.splice(0)) server.close();
});

function newTransport(deadlineMs = 5_000): Transport {
  const transport = new Transport({ deadlineMs });
  transports.push(transport);
  return transport;
}

async function listen(server: { listen(port: number, host: string, done: () => void): unknown }) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = (server as Server).address() as AddressInfo;
  opened.push(server as Server);
  return `http://127.0.0.1:${port}`;
}

const psp = (handler: RequestListener) => listen(createServer(handler));
/** Reads the request and never answers. */
const silent: RequestListener = (request) => void request.resume();

const charge = { method: 'POST', path: '/charge?x=1', body: '{"amount":1}' } as const;

describe('the transport', () => {
  it('answers what came, with the path below the base URL', async () => {
    const url = await psp((request, reply) => {
      reply.writeHead(201, { 'content-type': 'application/json', 'x-a': 'b' });
      reply.end(JSON.stringify({ url: request.url, agent: request.headers['user-agent'] }));
    });
    const sent = await newTransport().to(`${url}/simulators/paystack/`)(charge);
    expect(sent).toMatchObject({ sent: 'replied', status: 201, headers: { 'x-a': 'b' } });
    expect(JSON.parse((sent as { text: string }).text)).toEqual({
      url: '/simulators/paystack/charge?x=1',
      agent: 'switchyard',
    });
  });

  it('waits for the reply behind a hint, and puts its pieces together', async () => {
    const url = await psp((request, reply) => {
      request.resume();
      reply.writeEarlyHints({ link: '</style.css>; rel=preload' });
      reply.writeHead(200, { 'content-type': 'application/json' });
      const bytes = Buffer.from('\uFEFF{"name":"Kofi Ɔwusu"}');
      reply.write(bytes.subarray(0, 18)); // in the middle of a letter
      setImmediate(() => reply.end(bytes.subarray(18)));
    });
    const sent = await newTransport().to(url)(charge);
    expect(sent).toMatchObject({ sent: 'replied', status: 200, text: '{"name":"Kofi Ɔwusu"}' });
    expect(sent).not.toHaveProperty('headers.link');
  });

  it('knows that nothing left of a request that cannot be written', async () => {
    const url = await psp((_request, reply) => reply.end('{}'));
    const headers = { authorization: 'Bearer a\r\nb: c' };
    const sent = await newTransport().to(url)({ ...charge, headers });
    expect(sent).toEqual({ sent: 'not_sent', reason: 'UND_ERR_INVALID_ARG' });
  });

  it('knows that nothing left when the name is not known', async () => {
    const sent = await newTransport().to('http://psp.invalid')(charge);
    expect(sent).toMatchObject({ sent: 'not_sent' });
  });

  it('knows that nothing left when nobody listens', async () => {
    const url = await psp(silent);
    opened.pop()!.close();
    const sent = await newTransport().to(url)(charge);
    expect(sent).toEqual({ sent: 'not_sent', reason: 'ECONNREFUSED' });
  });

  it('does not know when the connection breaks after the request left', async () => {
    const url = await psp((request) => request.on('end', () => request.socket.destroy()).resume());
    expect(await newTransport().to(url)(charge)).toMatchObject({ sent: 'unknown' });
  });

  it('does not know when the reply stops half-way', async () => {
    const url = await psp((_request, reply) => {
      reply.writeHead(200, { 'content-length': '100' });
      reply.write('{"status":');
      setTimeout(() => reply.destroy(), 20);
    });
    expect(await newTransport().to(url)(charge)).toMatchObject({ sent: 'unknown' });
  });

  it('gives one call its own deadline, shorter or longer than usual', async () => {
    const url = await psp((request, reply) => {
      request.resume();
      setTimeout(() => reply.end('{}'), 150);
    });
    const transport = newTransport(60);
    expect(await transport.to(url)(charge)).toEqual({
      sent: 'unknown',
      reason: 'deadline passed',
    });
    expect(await transport.to(url, 5_000)(charge)).toMatchObject({ sent: 'replied' });
    expect(await transport.to(url, 60)(charge)).toMatchObject({ sent: 'unknown' });
  });

  it('knows that nothing left when the deadline passes before there is a connection', async () => {
    // TLS that never finishes: the TCP connection is there, the request is not on it.
    const url = await listen(createTcpServer(() => {}));
    const sent = await newTransport().to(url.replace('http:', 'https:'), 80)(charge);
    expect(sent).toEqual({ sent: 'not_sent', reason: 'deadline passed' });
  });

  it('answers in time for a call that waits for a connection, and never sends it late', async () => {
    const paths: (string | undefined)[] = [];
    let free = () => {};
    const url = await psp((request, reply) => {
      request.resume();
      paths.push(request.url);
      free = () => reply.end('{}');
    });
    const transport = new Transport({ connectionsPerHost: 1 });
    transports.push(transport);
    const first = transport.to(url)({ ...charge, path: '/first' });
    const second = transport.to(url, 50)({ ...charge, path: '/second' });
    expect(await second).toEqual({ sent: 'not_sent', reason: 'deadline passed' });
    await expect.poll(() => paths.length).toBe(1);
    free();
    expect(await first).toMatchObject({ sent: 'replied' });
    const third = transport.to(url)({ ...charge, path: '/third' });
    await expect.poll(() => paths.length).toBe(2);
    free();
    await third;
    expect(paths).toEqual(['/first', '/third']);
  });

  it('keeps a reply within bounds', async () => {
    const url = await psp((_request, reply) => reply.end('x'.repeat(5_000)));
    const transport = new Transport({ maxReplyBytes: 1_000 });
    transports.push(transport);
    expect(await transport.to(url)(charge)).toMatchObject({ sent: 'unknown' });
  });

  it('cuts what is under way when it is closed', async () => {
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const url = await psp((request) => {
      request.resume();
      arrived();
    });
    const transport = newTransport();
    const sent = transport.to(url)(charge);
    await arrival;
    await transport.close();
    expect(await sent).toMatchObject({ sent: 'unknown' });
  });
});
