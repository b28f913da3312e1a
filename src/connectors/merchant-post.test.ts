import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { MerchantPost, type MerchantPostOptions, type Resolve } from './merchant-post.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function endpoint(answer: RequestListener) {
  const server: Server = createServer((request, reply) => {
    heard.push(`${request.method} ${request.url}`);
    answer(request, reply);
  });
  const heard: string[] = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { port: (server.address() as AddressInfo).port, heard };
}

function sender(options: MerchantPostOptions = {}) {
  const post = new MerchantPost(options);
  closing.unshift(() => post.close());
  return (url: string, reach: 'public' | 'local', more = {}) =>
    post.post({ url, headers: { 'x-a': '1' }, body: '{}', reach, ...more });
}

/** Says of every name that it is at these addresses. */
function resolvesTo(...addresses: string[]): Resolve {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return async () => found;
}

const refused = { kind: 'failed', reason: 'the address is not a public one' };

describe('a post to a merchant', () => {
  it('arrives, and its answer is read no further than it is of use', async () => {
    const { port, heard } = await endpoint((_request, reply) => reply.end('x'.repeat(100_000)));
    const reply = await sender()(`http://127.0.0.1:${port}/a?b=1`, 'local');
    expect(reply).toMatchObject({ kind: 'replied', status: 200 });
    expect(reply.kind === 'replied' && reply.text.length).toBe(2_048);
    expect(heard).toEqual(['POST /a?b=1']);
  });

  it('never reaches our own machine, whatever it is called', async () => {
    const { port, heard } = await endpoint((_request, reply) => reply.end());
    const post = sender({ resolve: resolvesTo('127.0.0.1') });
    for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', 'shop.example', 'localhost', '127.1'])
      expect([host, await post(`http://${host}:${port}/`, 'public')]).toEqual([host, refused]);
    expect(heard).toEqual([]);
  });

  it('never reaches a metadata service, not even from a developer', async () => {
    const post = sender({ resolve: resolvesTo('169.254.169.254', 'fe80::1') });
    for (const url of ['http://169.254.169.254/', 'http://shop.example/'])
      expect(await post(url, 'local')).toEqual(refused);
  });

  it('goes to those addresses of a name alone that it may go to', async () => {
    const { port, heard } = await endpoint((_request, reply) => reply.end());
    const post = sender({ resolve: resolvesTo('169.254.169.254', '127.0.0.1') });
    expect(await post(`http://shop.example:${port}/`, 'local')).toMatchObject({ status: 200 });
    expect(heard).toHaveLength(1);
  });

  it('follows no redirect', async () => {
    const target = await endpoint((_request, reply) => reply.end());
    const location = `http://127.0.0.1:${target.port}/`;
    const { port } = await endpoint((_request, reply) => reply.writeHead(302, { location }).end());
    const reply = await sender()(`http://127.0.0.1:${port}/`, 'local');
    expect(reply).toMatchObject({ kind: 'replied', status: 302 });
    expect(target.heard).toEqual([]);
  });

  it('is given up at its deadline, and says before that it takes long', async () => {
    const { port } = await endpoint(() => {});
    let slow = 0;
    const more = { onSlow: () => (slow += 1), slowAfterMs: 10 };
    const reply = await sender({ deadlineMs: 100 })(`http://127.0.0.1:${port}/`, 'local', more);
    expect(reply).toEqual({ kind: 'failed', reason: 'no answer in time' });
    expect(slow).toBe(1);
  });

  it('does not wait for others that hang at the same host', async () => {
    const { port, heard } = await endpoint((request, reply) => {
      if (request.url === '/quick') reply.end();
    });
    const post = sender();
    for (let index = 0; index < 100; index += 1)
      void post(`http://127.0.0.1:${port}/slow`, 'local');
    await expect.poll(() => heard.length).toBe(100);
    expect(await post(`http://127.0.0.1:${port}/quick`, 'local')).toMatchObject({ status: 200 });
  });

  it('fails with a reason when nobody is there', async () => {
    const reply = await sender()('http://127.0.0.1:1/', 'local');
    expect(reply).toEqual({ kind: 'failed', reason: 'ECONNREFUSED' });
  });
});
