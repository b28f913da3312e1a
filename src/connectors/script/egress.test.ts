import type { lookup } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Transport } from '../transport.ts';
import { isEgressEntry, judgeUrl } from './egress.ts';
import { publicLookup } from './public-lookup.ts';
import { scriptSender } from './sender.ts';

const LIST = ['app.paymaxis.com', 'api.example.com:8443', 'api.example.org/v2/'];

describe('an address that a script calls', () => {
  it.each([
    ['https://app.paymaxis.com/api/v1?x=1', 'https://app.paymaxis.com', '/api/v1?x=1'],
    ['https://APP.paymaxis.com:443', 'https://app.paymaxis.com', '/'],
    ['https://api.example.com:8443/a', 'https://api.example.com:8443', '/a'],
    ['https://api.example.org/v2/pay#part', 'https://api.example.org', '/v2/pay'],
  ])('%s is allowed', (url, origin, path) => {
    expect(judgeUrl(url, LIST)).toEqual({ allowed: true, origin, path });
  });

  it.each([
    'http://app.paymaxis.com/',
    'https://app.paymaxis.com:8443/',
    'https://api.example.com/',
    'https://api.example.org/v1/',
    'https://api.example.org/v2/../v1/',
    'https://evil.example/',
    'https://app.paymaxis.com.evil.example/',
    'https://app.paymaxis.com@evil.example/',
    'https://user:password@app.paymaxis.com/',
    'file:///etc/passwd',
    'data:text/plain,x',
    '//app.paymaxis.com/',
    '/etc/passwd',
    '',
    `https://app.paymaxis.com/${'x'.repeat(9_000)}`,
  ])('%s is refused', (url) => expect(judgeUrl(url, LIST).allowed).toBe(false));

  it.each([
    '127.0.0.1',
    '169.254.169.254',
    '[::1]',
    '0x7f.1',
    '2130706433',
    '10.0.0.1',
    '[::ffff:127.0.0.1]',
  ])('HS-28 the private address %s is refused even when it is listed', (host) => {
    expect(judgeUrl(`https://${host}/`, [host, '127.0.0.1'])).toMatchObject({ allowed: false });
  });

  it('is listed by host, port and path, never as a number', () => {
    expect(LIST.every(isEgressEntry)).toBe(true);
    for (const entry of ['*', 'localhost', '127.0.0.1', 'https://a.example', 'a.example/ x', '']) {
      expect([entry, isEgressEntry(entry)]).toEqual([entry, false]);
    }
  });
});

describe('the name of a host', () => {
  const resolving = (...addresses: string[]) =>
    new Promise((resolve) => {
      const found = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      const resolver = ((_name: string, _options: object, done: (...found: unknown[]) => void) =>
        done(null, found)) as unknown as typeof lookup;
      publicLookup(resolver)('psp.example.com', { all: true }, (error, all) =>
        resolve(error?.code ?? all),
      );
    });

  it('is used when all of its addresses are public', async () => {
    expect(await resolving('8.8.8.8')).toEqual([{ address: '8.8.8.8', family: 4 }]);
  });

  it('HS-28 is refused when one of them is not', async () => {
    expect(await resolving('8.8.8.8', '10.0.0.1')).toBe('EPRIVATEADDRESS');
    expect(await resolving('::ffff:169.254.169.254')).toBe('EPRIVATEADDRESS');
    expect(await resolving()).toBe('ENOTFOUND');
  });
});

describe('the sender', () => {
  it('never reaches this machine by a name, and says that nothing left', async () => {
    const transport = new Transport();
    const reply = await scriptSender(
      transport,
      null,
    )({
      method: 'POST',
      origin: 'https://localhost',
      path: '/',
      body: '{}',
      deadlineMs: 5_000,
    });
    expect(reply).toEqual({ sent: 'not_sent', reason: 'EPRIVATEADDRESS' });
    await transport.close();
  });

  it('goes to what stands in for the PSP, with the path that the script named', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const transport = new Transport();
    const send = scriptSender(transport, `http://127.0.0.1:${port}/simulators/paymaxis`);
    const reply = await send({
      method: 'GET',
      origin: 'https://app.paymaxis.com',
      path: '/api/v1?a=1',
      deadlineMs: 5_000,
    });
    expect(reply).toMatchObject({ sent: 'replied', status: 200, text: '{"ok":true}' });
    expect(seen).toEqual(['GET /simulators/paymaxis/api/v1?a=1']);
    await transport.close();
    server.close();
  });
});
