import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { House } from '../../test/house-server.ts';
import type { App } from './app.ts';

describe('a server that is told to stop', () => {
  it('answers what is under way, refuses what comes after, and lets nobody connect', async () => {
    const begun: (() => void)[] = [];
    const slow = (app: App) =>
      void app.get('/slow', { config: { open: true } }, async () => {
        await new Promise<void>((resolve) => begun.push(resolve));
        return { ok: true };
      });
    const house = await House.open({ nouns: [slow] });
    await house.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = house.app.server.address() as { port: number };
    let requests = 0;
    house.app.server.on('request', () => {
      requests += 1;
    });
    const client = connect({ port, host: '127.0.0.1' });
    let heard = '';
    client.on('data', (chunk) => {
      heard += chunk.toString();
    });
    const ask = 'GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n';
    client.write(ask);
    await until(() => begun.length === 1);

    const closed = house.app.close();
    await until(() => !house.app.server.listening);
    const late = connect({ port, host: '127.0.0.1' });
    await expect(once(late, 'connect')).rejects.toThrow('ECONNREFUSED');
    client.write(ask);
    await until(() => requests === 2);
    begun[0]!();
    await closed;
    expect(begun).toHaveLength(1);
    await until(() => client.destroyed);
    const [first = '', second = ''] = heard.split(/(?=HTTP\/1\.1 503)/);
    expect(first).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\{"ok":true\}$/);
    expect(second).toMatch(/\r\nretry-after: 1\r\n/);
    expect(second).toMatch(/\r\nconnection: close\r\n/i);
    expect(second).toContain('"code":"stopping"');
    await house.close();
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
