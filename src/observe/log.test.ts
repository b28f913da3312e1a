import { describe, expect, it } from 'vitest';
import { createLog } from './log.ts';

function logged(details: object): string {
  const lines: string[] = [];
  createLog({ level: 'info', write: (line) => lines.push(line) }).info(details, 'said');
  return lines.join('');
}

describe('the log', () => {
  it('writes one line of JSON with the time in ISO form', () => {
    const line = JSON.parse(logged({ paymentId: 'pay_1' }));
    expect(line).toMatchObject({ msg: 'said', paymentId: 'pay_1' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it.each([
    { authorization: 'Bearer hush' },
    { request: { headers: { authorization: 'hush', 'x-reevit-key': 'hush' } } },
    { connection: { credentials: { secret_key: 'hush' } } },
    { request: { body: { card: 'hush' } } },
    { client_secret: 'hush' },
  ])('replaces secrets in %j', (details) => {
    expect(logged(details)).not.toContain('hush');
    expect(logged(details)).toContain('[redacted]');
  });
});
