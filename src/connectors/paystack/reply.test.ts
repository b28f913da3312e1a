import { describe, expect, it } from 'vitest';
import { idOf, parseObject } from '../json.ts';
import { reply } from './fixture.ts';
import { metadataOf, readAnswer } from './reply.ts';

describe('reading an answer', () => {
  it.each([500, 502, 503, 504, 408, 409, 301, 100])(
    'HTTP %i proves nothing, even with a clean refusal in it',
    (status) => {
      const answer = readAnswer(reply(status, { status: false, message: 'Declined' }));
      expect(answer.kind).toBe('unknown');
    },
  );

  it.each(['', '<html>', '{"status":true', '[]', 'null', '{}', '{"status":"true"}', '\u0000'])(
    'a body of %j is unknown',
    (text) => {
      expect(readAnswer(reply(200, text)).kind).toBe('unknown');
      expect(readAnswer(reply(400, text)).kind).toBe('unknown');
    },
  );

  it.each([401, 403, 429])('HTTP %i needs no readable body', (status) => {
    expect(readAnswer(reply(status, '<html>'))).toEqual({ kind: 'bare', httpStatus: status });
  });

  it('an error status around an accepted call is unknown', () => {
    expect(readAnswer(reply(400, { status: true, data: {} })).kind).toBe('unknown');
  });

  it('passes on what the transport knows', () => {
    expect(readAnswer({ sent: 'not_sent', reason: 'ECONNREFUSED' })).toEqual({
      kind: 'not_sent',
      reason: 'ECONNREFUSED',
    });
    expect(readAnswer({ sent: 'unknown', reason: 'reset' }).kind).toBe('unknown');
  });
});

describe('reading members', () => {
  it('ids above 2^53 keep every digit', () => {
    const body = parseObject('{"data":{"id":18446744073709551615,"amount":20000}}');
    expect(body).toEqual({ data: { id: '18446744073709551615', amount: 20000 } });
    expect(idOf(9000000001)).toBe('9000000001');
    expect(idOf(1.5)).toBeNull();
  });

  it.each([0, '', null, undefined, [], 'not json', '"text"', '[1]'])(
    'metadata of %j is empty',
    (value) => {
      expect(metadataOf(value)).toEqual({});
    },
  );

  it('metadata may be an object or its text', () => {
    expect(metadataOf({ payment_id: 'pay_1' })).toEqual({ payment_id: 'pay_1' });
    expect(metadataOf('{"payment_id":"pay_1"}')).toEqual({ payment_id: 'pay_1' });
  });
});
