import { describe, expect, it } from 'vitest';
import { aPayment } from '../../../test/records.ts';
import type { StepResult } from '../../connectors/script/contract.ts';
import type { PaymentStatus } from '../../domain/payment/status.ts';
import type { Context } from '../context.ts';
import type { CallbackKey } from './callback-urls.ts';
import { destinationOf } from './return-page.ts';

const context = { publicUrl: 'https://pay.example' } as Context;

function settings(more: object = {}): CallbackKey {
  const pages = {
    origin: 'https://shop.example',
    successRedirectUrl: 'https://shop.example/paid?a=1',
    failureRedirectUrl: 'https://help.example/failed',
    redirectOrigins: ['https://app.example:8443'],
  };
  return { settings: { ...pages, ...more }, key: '' } as unknown as CallbackKey;
}

const nowhere = settings({
  origin: null,
  successRedirectUrl: null,
  failureRedirectUrl: null,
  redirectOrigins: [],
});
const redirect = (url: string, data: object = {}) =>
  ({ __type: 'redirect', url, data }) as StepResult;
const to = (
  result: StepResult | null,
  status: PaymentStatus = 'requires_action',
  key = settings(),
) => destinationOf(context, key, aPayment({ id: 'pay_1', status }), result).url;

describe('a returning browser', () => {
  it.each([
    'https://shop.example/thanks',
    'https://help.example/anything?x=1',
    'https://app.example:8443/a',
  ])('goes where the script says, when its origin is named: %s', (url) => {
    expect(to(redirect(url))).toBe(url);
  });

  it('goes to a path of the origin', () => {
    expect(to(redirect('/orders/1'))).toBe('https://shop.example/orders/1');
    expect(to(redirect('/orders/1'), 'requires_action', nowhere)).toBe(
      'https://pay.example/return/pay_1',
    );
  });

  it.each([
    'https://evil.example/',
    'https://shop.example.evil.example/',
    'https://shop.example@evil.example/',
    'https://user:pw@shop.example/',
    'http://shop.example/',
    'https://app.example/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    '/\n\r//evil.example/',
    '\t//evil.example/',
    '\\\\evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://evil.example',
    'https://shop.example:444/',
    '',
  ])('goes nowhere else: %j', (url) => {
    expect(to(redirect(url))).toBe('https://shop.example/');
  });

  it('goes to the page that fits, without a word of the script', () => {
    expect(to(null, 'succeeded')).toBe('https://shop.example/paid?a=1');
    expect(to(null, 'failed')).toBe('https://help.example/failed');
    expect(to({ __type: 'failure', message: 'x', status: 400 })).toBe(
      'https://help.example/failed',
    );
    expect(to(null, 'pending')).toBe('https://shop.example');
    expect(to(null, 'failed', nowhere)).toBe('https://pay.example/return/pay_1');
    expect(destinationOf(context, nowhere, null, null).url).toBeNull();
    expect(destinationOf(context, settings(), null, null).url).toBe('https://shop.example');
  });

  it('brings short texts of the script, and nothing else of it', () => {
    const data = { status: 'ok', orderId: 'ortx1', timestamp: 7, secret: 'x', message: 'no' };
    expect(to(redirect('https://shop.example/paid?a=1', data))).toBe(
      'https://shop.example/paid?a=1&status=ok&orderId=ortx1',
    );
    expect(to(redirect('https://shop.example/', { status: 'x'.repeat(201) }))).toBe(
      'https://shop.example/',
    );
  });
});
