import { describe, expect, it } from 'vitest';
import { endInFlight, Stopping, within } from './stopping.ts';

describe('stopping', () => {
  it('runs the last part first, once, and every part even when one fails', async () => {
    const ran: string[] = [];
    const stopping = new Stopping();
    stopping.first(() => ran.push('database'));
    stopping.first(() => {
      ran.push('worker');
      throw new Error('stuck');
    });
    stopping.first(async () => ran.push('server'));
    await expect(Promise.all([stopping.run(), stopping.run()])).rejects.toThrow('stuck');
    expect(ran).toEqual(['server', 'worker', 'database']);
  });
});

describe('what is in flight', () => {
  it('ends by itself when it can', async () => {
    const ended: string[] = [];
    await endInFlight(
      async () => ended.push('requests'),
      { stop: async () => void ended.push('work') },
      { close: async () => void ended.push('calls') },
    );
    expect(ended).toEqual(['requests', 'work', 'calls']);
  });

  it('is cut when it takes too long, and still settles', async () => {
    let cut = () => {};
    const request = new Promise<void>((resolve) => {
      cut = resolve;
    });
    let settled = false;
    const close = request.then(() => {
      settled = true;
    });
    const transport = { close: async () => cut() };
    await endInFlight(() => close, null, transport, { inFlightMs: 20, settleMs: 1_000 });
    expect(settled).toBe(true);
  });

  it('is left alone when it never ends', async () => {
    const never = new Promise<never>(() => {});
    const transport = { close: async () => {} };
    await endInFlight(() => never, null, transport, { inFlightMs: 10, settleMs: 10 });
    await within(10, never);
  });
});
