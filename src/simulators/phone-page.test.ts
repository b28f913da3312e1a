import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHubtelSimulator } from './hubtel/simulator.ts';
import { type Bench, startBench } from './testing.ts';

let bench: Bench;
beforeEach(() => {
  bench = startBench({
    authorization: `Basic ${Buffer.from('id:key').toString('base64')}`,
    prefix: '/simulators/hubtel',
    simulators: { hubtel: { name: 'Hubtel', create: createHubtelSimulator } },
  });
});
afterEach(() => bench.close());

const PHONE = 'http://sims.test/simulators/phone/0244123987';
const look = (accept = 'text/html') =>
  bench.call('GET', PHONE, undefined, { authorization: '', accept });

const ask = (reference: string, Description = 'Shoes') =>
  bench.post('/merchantaccount/merchants/10001/receive/mobilemoney', {
    CustomerName: 'Ama',
    CustomerMsisdn: '233244123987',
    Channel: 'mtn-gh',
    Amount: 12.5,
    PrimaryCallbackUrl: 'http://merchant.test/wh/hb/p1',
    Description,
    ClientReference: reference,
  });

describe('the phone', () => {
  it('waits for prompts by itself, and stays still under the finger when there is one', async () => {
    const idle = await look();
    expect(idle.text).toContain('http-equiv="refresh" content="2"');
    expect(idle.text).toContain('10:00');
    await ask('r1');
    const asked = await look();
    expect(asked.text).not.toContain('http-equiv="refresh"');
    for (const shown of ['Hubtel (simulated)', 'GHS 12.50', 'Demo Shop', 'Refuse', 'Accept'])
      expect(asked.text).toContain(shown);
  });

  it('shows every prompt, and each is answered for itself', async () => {
    await ask('r1');
    await ask('<b>&"\'');
    const { text } = await look();
    expect(text.match(/<form /g)).toHaveLength(2);
    expect(text).toContain('&#60;b&#62;&#38;&#34;&#39;');
    const { prompts } = (await look('application/json')).json as { prompts: { id: string }[] };
    const post = (id: string) =>
      bench.call('POST', PHONE, new URLSearchParams({ prompt: id, outcome: 'success' }), {});
    expect((await post(prompts[0]!.id)).text).toContain('Paid');
    expect((await post(prompts[0]!.id)).status).toBe(404);
    expect((await look('application/json')).json).toMatchObject({ prompts: [prompts[1]] });
  });

  it('goes back to waiting after an answer, and says when it did not understand', async () => {
    await ask('r1');
    const answered = await bench.press(PHONE, 'cancel');
    expect(answered.text).toContain('content="4;url=0244123987"');
    expect(answered.text).toContain('Canceled');
    expect((await bench.press(PHONE, 'other')).status).toBe(400);
  });

  it('runs no script and takes nothing from elsewhere', async () => {
    const { headers, text } = await look();
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(text).not.toContain('<script');
  });
});
