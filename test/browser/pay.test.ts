// A customer pays in a real browser: the PSP's (simulated) page, back to us, on to the shop.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Merchant, openStage, type Stage } from '../stage.ts';
import { launchChromium } from './chromium.ts';

let browser: Browser;
let stage: Stage;
let shop: Server;
let shopUrl: string;

beforeAll(async () => {
  [browser, stage] = await Promise.all([launchChromium(), openStage()]);
  shop = createServer((_request, reply) => reply.end('<h1>Back at the shop</h1>'));
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await stage?.close();
  shop?.close();
});

const card = (more: Record<string, unknown> = {}) => ({
  amount: 12_345,
  currency: 'GHS',
  method: 'card',
  country: 'GH',
  reference: 'order-7',
  description: 'Two bags of <b>coffee</b>',
  customer_id: 'ama@example.com',
  ...more,
});

async function pay(
  provider: 'paystack' | 'stripe',
  body: object,
): Promise<[Merchant, { id: string; url: string }]> {
  const merchant = await stage.merchant('Coffee shop');
  await merchant.connect(provider);
  const { status, body: payment, text } = await merchant.send('POST', '/payments/intents', body);
  if (status !== 201 || !payment.next_action) throw new Error(text);
  return [merchant, { id: payment.id, url: payment.next_action.url }];
}

/** The pages work without JavaScript, and say nothing to the console. */
async function visit(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}

describe('the customer in a browser', () => {
  it('pays on the PSP page and lands on our result page', async () => {
    const [merchant, { id, url }] = await pay('paystack', card());
    const { page, complaints } = await visit(url);
    expect(await page.textContent('body')).toContain('123.45');
    await page.getByRole('button', { name: /^pay/i }).click();
    await page.waitForURL(/\/return\//);
    expect(await page.textContent('h1')).toBe('Payment complete');
    expect(await page.textContent('body')).toContain('Two bags of <b>coffee</b>');
    expect((await merchant.send('GET', `/payments/${id}`)).body.status).toBe('succeeded');
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
    await page.close();
  });

  it('goes on to the page that the merchant named, with the payment and its status', async () => {
    const [, { id, url }] = await pay(
      'stripe',
      card({ currency: 'USD', return_url: `${shopUrl}/thanks?cart=1` }),
    );
    const { page } = await visit(url);
    await page.getByRole('button', { name: /^pay/i }).click();
    await page.waitForURL(`${shopUrl}/**`);
    const landed = new URL(page.url());
    expect(Object.fromEntries(landed.searchParams)).toEqual({
      cart: '1',
      payment_id: id,
      status: 'succeeded',
      reference: 'order-7',
    });
    await page.close();
  });

  it('pays on our checkout page when the PSP has only a browser library', async () => {
    const [merchant, { id, url }] = await pay('stripe', card({ currency: 'USD' }));
    expect(url).toContain('/checkout/');
    const { page } = await visit(url);
    await page.getByRole('button', { name: /^pay/i }).click();
    await page.waitForURL(/\/return\//);
    expect(await page.textContent('h1')).toBe('Payment complete');
    expect((await merchant.send('GET', `/payments/${id}`)).body.status).toBe('succeeded');
    await page.close();
  });

  it('answers a prompt on the simulated phone', async () => {
    const instrument = { phone: '0551234987', network: 'mtn' };
    const [merchant, { id }] = await payByPhone(instrument);
    const { page } = await visit(`${stage.pspUrl}/simulators/phone/0551234987`);
    await page
      .getByRole('button', { name: /approve|accept|pay|confirm/i })
      .first()
      .click();
    await expect
      .poll(async () => {
        await stage.work();
        return (await merchant.send('POST', `/payments/${id}/confirm`)).body.status;
      })
      .toBe('succeeded');
    await page.close();
  });
});

async function payByPhone(instrument: object): Promise<[Merchant, { id: string }]> {
  const merchant = await stage.merchant('Coffee shop');
  await merchant.connect('paystack');
  const body = card({ method: 'mobile_money', payment_method: instrument });
  const { body: payment } = await merchant.send('POST', '/payments/intents', body);
  expect(payment.next_action).toMatchObject({ type: 'wait' });
  return [merchant, { id: payment.id }];
}
