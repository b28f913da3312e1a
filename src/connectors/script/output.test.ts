import { describe, expect, it } from 'vitest';
import type { ScriptStep, StepResult } from './contract.ts';
import { outputFault } from './output.ts';

const plain = { outputSchema: {} };
const fault = (
  data: unknown,
  step: ScriptStep = 'initiate',
  settings: Parameters<typeof outputFault>[2] = plain,
) => outputFault({ __type: 'success', data } as StepResult, step, settings);
const order = { orderId: 'ortx1' };
const url = { type: 'redirect', contentType: 'url', value: 'https://pay.example' };

describe('what initiate returns', () => {
  it.each([
    [{ ...order }],
    [{ ...order, navigation: url, status: 'success', userId: 'u', anything: { more: 1 } }],
    [{ ...order, navigation: { type: 'iframe', contentType: 'html', value: '<p>' } }],
    [{ ...order, navigation: { type: 'none' } }],
  ])('may be %j', (data) => {
    expect(fault(data)).toBeNull();
  });

  it.each([
    [{}],
    [null],
    ['text'],
    [{ orderId: 7 }],
    [{ ...order, navigation: { ...url, contentType: 'html' } }],
    [{ ...order, navigation: { ...url, value: 'javascript:alert(1)' } }],
    [{ ...order, navigation: { type: 'redirect' } }],
    [{ ...order, navigation: { type: 'teleport' } }],
  ])('must not be %j', (data) => {
    expect(fault(data)).toMatch(/^Output validation failed for step 'initiate': /);
  });

  it('is told by its place, never by its value', () => {
    const said = fault({ ...order, navigation: { ...url, value: 'ftp://secret' } });
    expect(said).toContain('navigation');
    expect(said).not.toContain('secret');
  });
});

describe('other steps', () => {
  it('may return anything to webhook and sync', () => {
    for (const step of ['webhook', 'sync'] as const) expect(fault('OK', step)).toBeNull();
    expect(fault({}, 'redirect')).toMatch(/orderId/);
  });

  it('have the schema of their definition, with an open root', () => {
    const own = {
      outputSchema: {
        webhook: {
          type: 'object',
          required: ['seen'],
          properties: { seen: {} },
          additionalProperties: false,
        },
      },
    };
    expect(fault({ seen: true, more: 1 }, 'webhook', own)).toBeNull();
    expect(fault({}, 'webhook', own)).toMatch(/seen/);
  });
});

it('never hides what a failure says', () => {
  const failure = { __type: 'failure', message: 'declined', status: 400 } as StepResult;
  expect(outputFault(failure, 'initiate', plain)).toBeNull();
});
