import { describe, expect, it } from 'vitest';
import { captured, notSent, pending } from '../../../test/records.ts';
import { type DeclineCode, declines } from './decline.ts';
import { saidByLaterCall } from './later-call.ts';
import { declined } from './outcome.ts';

describe('what a later call says about what an earlier one did', () => {
  const aboutTheRequest = [
    'auth_failed',
    'merchant_config',
    'provider_unavailable',
    'rate_limited',
  ];

  it.each(Object.keys(declines) as DeclineCode[])('%s', (code) => {
    const said = saidByLaterCall(declined(code, 'no', null, { pspReference: 'pi_1' }));
    expect(said.kind).toBe(aboutTheRequest.includes(code) ? 'unknown' : 'declined');
    expect(said.pspReference).toBe('pi_1');
  });

  it('a repeat that was not sent says nothing', () => {
    expect(saidByLaterCall(notSent).kind).toBe('unknown');
  });

  it('anything else is as it is', () => {
    expect(saidByLaterCall(captured)).toBe(captured);
    expect(saidByLaterCall(pending)).toBe(pending);
  });
});
