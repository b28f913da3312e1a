import { describe, expect, it } from 'vitest';
import { readFromSlot } from './messages.ts';

const said = {
  logs: [{ level: 'info', text: '"x"', atMs: 1 }],
  drawn: [],
  verifiedBy: null,
  logsCut: false,
};
const call = { type: 'call', run: 1, call: 0, name: 'http', args: '{}', said };
const end = {
  type: 'end',
  run: 1,
  end: 'returned',
  text: '{}',
  said,
  cpuMs: 1,
  heapBytes: 1,
  broken: false,
};

describe('a message from a slot', () => {
  it('is read as what it is', () => {
    for (const message of [call, end, { type: 'ready' }, { type: 'waits', run: 1, answers: 0 }]) {
      expect(readFromSlot(message)).toEqual(message);
    }
  });

  it.each([
    null,
    undefined,
    1,
    'call',
    [],
    {},
    { type: 'other' },
    { ...call, run: -1 },
    { ...call, run: '1' },
    { ...call, call: 0.5 },
    { ...call, args: {} },
    { ...call, said: null },
    { ...call, args: 'x'.repeat(9 * 1024 * 1024) },
    { ...call, said: { ...said, logs: [{}] } },
    { ...call, said: { ...said, logs: Array.from({ length: 2000 }, () => said.logs[0]) } },
    { ...call, said: { ...said, drawn: [1] } },
    { ...call, said: { ...said, verifiedBy: {} } },
    { ...end, end: 'killed' },
    { ...end, cpuMs: Number.NaN },
    { ...end, cpuMs: -1 },
    { ...end, text: 1 },
    { type: 'waits', run: 1 },
  ])('HS-39 is none when it is malformed (%#)', (message) =>
    expect(readFromSlot(message)).toBeNull(),
  );
});
