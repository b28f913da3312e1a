import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, httpAddress, readConfig } from './config.ts';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64');

describe('settings', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      port: 8081,
      host: '127.0.0.1',
      databaseUrl: null,
      dataDir: resolve('data'),
      masterKey: null,
      adminToken: null,
      publicUrl: null,
      roles: new Set(['api', 'worker']),
      sandbox: 'simulator',
      providerUrls: {},
      localEndpoints: true,
      databaseConnections: 20,
      requestsPerMinute: 300_000,
      logLevel: 'info',
      scriptSlots: expect.any(Number),
    });
  });

  it('takes what is set, without spaces and slashes at the ends', () => {
    const config = readConfig({
      PORT: ' 9000 ',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgres://db/switchyard',
      SWITCHYARD_DATA_DIR: '/var/lib/switchyard/data',
      SWITCHYARD_MASTER_KEY: KEY,
      SWITCHYARD_ADMIN_TOKEN: 'a-token-of-some-length',
      SWITCHYARD_PUBLIC_URL: 'https://pay.example.com/base//',
      SWITCHYARD_ROLES: 'worker',
      SWITCHYARD_SANDBOX: 'provider',
      SWITCHYARD_PROVIDER_URLS: '{"paystack":"http://127.0.0.1:9/mock/"}',
      SWITCHYARD_DATABASE_CONNECTIONS: '7',
      SWITCHYARD_LOG_LEVEL: 'warn',
      SWITCHYARD_SCRIPT_SLOTS: '3',
    });
    expect(config).toEqual({
      port: 9000,
      host: '0.0.0.0',
      databaseUrl: 'postgres://db/switchyard',
      dataDir: '/var/lib/switchyard/data',
      masterKey: KEY,
      adminToken: 'a-token-of-some-length',
      publicUrl: 'https://pay.example.com/base',
      roles: new Set(['worker']),
      sandbox: 'provider',
      providerUrls: { paystack: 'http://127.0.0.1:9/mock' },
      localEndpoints: false,
      databaseConnections: 7,
      requestsPerMinute: 300_000,
      logLevel: 'warn',
      scriptSlots: 3,
    });
  });

  it('takes an empty variable for one that is not set, as compose files leave them', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', SWITCHYARD_PROVIDER_URLS: '' })).toEqual(
      readConfig({}),
    );
  });

  it.each([
    ['PORT', '80a'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['SWITCHYARD_ROLES', 'api,batch'],
    ['SWITCHYARD_ROLES', ','],
    ['SWITCHYARD_SANDBOX', 'live'],
    ['SWITCHYARD_PUBLIC_URL', 'pay.example.com'],
    ['SWITCHYARD_PUBLIC_URL', 'ftp://pay.example.com'],
    ['SWITCHYARD_PROVIDER_URLS', 'paystack=http://x'],
    ['SWITCHYARD_PROVIDER_URLS', '["http://x"]'],
    ['SWITCHYARD_PROVIDER_URLS', '{"paystack":1}'],
    ['SWITCHYARD_PROVIDER_URLS', '{"paystack":"x"}'],
    ['SWITCHYARD_DATABASE_CONNECTIONS', '1'],
    ['SWITCHYARD_LOG_LEVEL', 'loud'],
    ['SWITCHYARD_ADMIN_TOKEN', 'short'],
    ['SWITCHYARD_ADMIN_TOKEN', 'a pass phrase'],
  ])('refuses %s=%s by name, in one sentence', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name}.*\\.$`));
  });

  it('does not repeat a wrong value, which may be a secret in the wrong place', () => {
    const secret = 'sk_live_not_for_logs';
    expect(() => readConfig({ SWITCHYARD_PUBLIC_URL: secret })).not.toThrow(secret);
  });

  it('wants the master key beside a database of its own, where no data directory is kept', () => {
    expect(() => readConfig({ DATABASE_URL: 'postgres://db/x' })).toThrow(/SWITCHYARD_MASTER_KEY/);
  });
});

describe('the address of a server on its own machine', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['::1', 'http://[::1]:80'],
    ['localhost', 'http://localhost:80'],
    ['10.0.0.5', 'http://10.0.0.5:80'],
  ])('listening on %s is %s', (host, url) => {
    expect(httpAddress(host, 80)).toBe(url);
  });
});
