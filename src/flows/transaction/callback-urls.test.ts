import { describe, expect, it } from 'vitest';
import { type CallbackKey, callbackUrl, isRightMac, urlsOf } from './callback-urls.ts';

const callback = {
  settings: {
    callbackToken: 'T'.repeat(26),
    origin: null,
    successRedirectUrl: null,
    failureRedirectUrl: null,
  },
  key: 'k'.repeat(43),
} as unknown as CallbackKey;
const PUBLIC = 'https://pay.example';
const TXN = 'ortxggdqGELpiuCQ';

function macIn(url: string): string {
  return /~([\w-]{22})\//.exec(url)?.[1] ?? '';
}

describe('callback URLs', () => {
  it('name step, environment and transaction, and have no query of their own', () => {
    const url = callbackUrl(PUBLIC, callback, 'redirect', TXN);
    expect(url).toMatch(
      new RegExp(
        `^https://pay.example/connxt/v2/external/inbound/r/redirect/T{26}~[\\w-]{22}/${TXN}$`,
      ),
    );
    expect(callbackUrl(PUBLIC, callback, 'webhook', TXN)).toContain('/w/webhook/');
  });

  it('carry a MAC of this step of this transaction alone', () => {
    const mac = macIn(callbackUrl(PUBLIC, callback, 'redirect', TXN));
    expect(isRightMac(callback.key, 'redirect', TXN, mac)).toBe(true);
    expect(isRightMac(callback.key, 'webhook', TXN, mac)).toBe(false);
    expect(isRightMac(callback.key, 'redirect', `${TXN}1`, mac)).toBe(false);
    expect(isRightMac('another key', 'redirect', TXN, mac)).toBe(false);
    for (const wrong of [
      '',
      mac.slice(1),
      `${mac}a`,
      mac.toLowerCase() === mac ? 'x' : mac.toLowerCase(),
    ])
      expect(isRightMac(callback.key, 'redirect', TXN, wrong)).toBe(false);
  });

  it('stand in both places that scripts look at', () => {
    const { server, origin } = urlsOf(PUBLIC, callback, TXN);
    expect(origin.webhookUrl).toBe(server.webhook);
    expect(origin.successRedirectUrl).toBe(server.successRedirectUrl);
    expect(server.failureRedirectUrl).toBe('/');
  });
});
