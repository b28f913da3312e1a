import { describe, expect, it } from 'vitest';
import { checkEndpointUrl } from './endpoint-url.ts';

const verdict = (url: string, reach: 'public' | 'local') => {
  try {
    return checkEndpointUrl(url, reach);
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('the URL of an endpoint', () => {
  it.each(['https://shop.example/hooks?a=1', 'https://8.8.8.8/x', 'https://shop.example:8443/'])(
    '%s may be public',
    (url) => expect(verdict(url, 'public')).toBe(url),
  );

  it.each([
    'http://shop.example/',
    'ftp://shop.example/',
    'shop.example',
    'https://user:pw@shop.example/',
    'https://localhost/',
    'https://a.localhost/',
    'https://localhost./',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://10.0.0.1/',
    'https://192.168.1.1:8443/',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/',
    'https://0.0.0.0/',
    `https://shop.example/${'a'.repeat(2_100)}`,
  ])('%s may not', (url) => expect(verdict(url, 'public')).toBe('invalid_url'));

  it('may be the own machine and its network for a developer, plain http only the machine', () => {
    const allowed = ['http://127.0.0.1:3000/hook', 'http://localhost/', 'https://10.0.0.1/'];
    for (const url of allowed) expect(verdict(url, 'local')).toBe(url);
    for (const url of ['http://10.0.0.1/', 'http://shop.example/', 'http://169.254.169.254/'])
      expect(verdict(url, 'local')).toBe('invalid_url');
  });

  it('loses its fragment, which nobody receives', () => {
    expect(verdict('https://shop.example/a#b', 'public')).toBe('https://shop.example/a');
  });
});
