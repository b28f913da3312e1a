import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { takeWaiting } from './take-waiting.ts';

const CLIENTS = 60;
const server = createServer((_request, reply) => reply.end('ok'));
afterEach(() => server.close());

describe('clients that connected before the server stops listening', () => {
  it('are all answered', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answers = Array.from({ length: CLIENTS }, () => ask(port));
    await new Promise((resolve) => setImmediate(resolve)); // now the system has connected them
    await takeWaiting(server);
    server.close();
    expect(await Promise.all(answers)).toEqual(Array(CLIENTS).fill('HTTP/1.1 200 OK'));
  });

  it('are not waited for when there are none', async () => {
    await takeWaiting(server);
  });
});

/** The first line of the answer, or why there was none. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
    socket.on('error', ({ message }) => resolve(message));
    socket.on('close', () => resolve(heard.split('\r\n', 1)[0]!));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  });
}
