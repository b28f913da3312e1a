// A PSP, or who stands in front of it, that repeats what it was sent (C-13): in clear, wrapped, in every member of an
// error or of a success. Nothing of it may be kept. (That ordinary replies leak nothing is checked in every case.)
import { expect } from 'vitest';
import type { Call, Connector } from '../../../src/connectors/contract.ts';
import { runOperation, runValidation } from '../../../src/connectors/run.ts';
import type { Send, Transmission } from '../../../src/connectors/transport.ts';
import type { Outcome } from '../../../src/domain/attempt/outcome.ts';
import type { Cases } from '../case.ts';
import { leaksIn } from '../leaks.ts';
import type { Merchant } from '../merchant.ts';
import { Payment } from '../payment.ts';

const SECRET = 'sk_test_a/b+c"d\\e f=ü_0123456789';

const WRAPPERS: readonly ((text: string) => string)[] = [
  (text) => `Invalid key: ${text}.`,
  (text) => encodeURIComponent(text),
  (text) => new URLSearchParams({ key: text }).toString(),
  (text) => JSON.stringify({ key: text }),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`${text}:`).toString('base64url'),
  (text) => `Basic ${Buffer.from(`x:${text}`).toString('base64')}`,
];

export const secret: Cases = () => [
  {
    name: 'a mirror in the place of the PSP makes no credential stay',
    async run(merchant) {
      for (const wrap of WRAPPERS)
        for (const status of [200, 400, 401, 402, 404, 500])
          for (const mirror of mirrors(wrap(SECRET), merchant))
            await expectNothingKept(merchant, reply(status, mirror));
    },
  },
  {
    name: 'a reason of the network that names a credential is cleaned',
    async run(merchant) {
      for (const wrap of WRAPPERS)
        for (const sent of ['not_sent', 'unknown'] as const)
          await expectNothingKept(merchant, { sent, reason: wrap(SECRET) });
    },
  },
];

function reply(status: number, text: string): Transmission {
  return { sent: 'replied', status, headers: { 'x-echo': SECRET }, text };
}

/** Not JSON; an error as PSPs write them; an object of which every text is the mirrored one. */
function mirrors(text: string, { books }: Merchant): string[] {
  const error = {
    type: 'invalid_request_error',
    code: text,
    decline_code: text,
    message: text,
    doc_url: text,
  };
  const object = {
    status: 'failed',
    domain: 'test',
    gateway_response: text,
    message: text,
    display_text: text,
    failure_code: text,
    failure_reason: text,
  };
  return [
    text,
    JSON.stringify({ error }),
    JSON.stringify({ status: false, code: text, message: text, data: object, key: books.key }),
    JSON.stringify({ status: true, message: text, data: { ...object, status: 'send_otp' } }),
  ];
}

async function expectNothingKept(merchant: Merchant, transmission: Transmission): Promise<void> {
  const send: Send = async () => transmission;
  const { connector, psps } = merchant;
  const credentials = Object.fromEntries(
    connector.manifest.credentials.filter(({ secret }) => secret).map(({ name }) => [name, SECRET]),
  );
  const call: Call = {
    credentials,
    mode: 'sandbox',
    nowMs: merchant.nowMs(),
    send,
    // A reply of a mirror is no token: what comes after it is tried with one of another origin.
    token: async ({ fetch }) => {
      const got = await fetch();
      return 'failure' in got ? { token: 'token_of_another_origin' } : got;
    },
    callbackUrl: 'https://pay.shop.example/wh/test',
  };
  const kept: unknown[] = [await runValidation((one) => connector.validate(one), call, psps.clock)];
  for (const [name, invoke, moves] of operations(merchant, connector))
    kept.push(await runOperation(name, invoke, call, moves, psps.clock));
  expect(leaksIn(kept, [SECRET])).toEqual([]);
}

function operations(
  merchant: Merchant,
  connector: Connector,
): (readonly [string, (call: Call) => Promise<Outcome>, boolean])[] {
  const charge = merchant.input(merchant.plain);
  const page = merchant.input(merchant.subject.journeys[0].patch);
  const payment = new Payment(charge, merchant.nowMs());
  payment.pspReference = 'psp_1';
  const attempt = payment.ref();
  const deed = merchant.openDeed('capture', payment).input();
  const payout = merchant.subject.payouts && merchant.openPayout().input();
  const all: (readonly [keyof Connector, (call: Call) => Promise<Outcome>, boolean])[] = [
    ['charge', (call) => connector.charge(charge, call), true],
    ['charge', (call) => connector.charge(page, call), true],
    ['sync', (call) => connector.sync(attempt, call), false],
    [
      'submitAction',
      (call) => connector.submitAction!({ attempt, field: 'otp', value: '1' }, call),
      true,
    ],
    ['capture', (call) => connector.capture!(deed, call), true],
    ['void', (call) => connector.void!(deed, call), true],
    ['refund', (call) => connector.refund!(deed, call), true],
    ['syncRefund', (call) => connector.syncRefund!(deed, call), false],
    ['payout', (call) => connector.payout!(payout!, call), true],
    ['syncPayout', (call) => connector.syncPayout!(payout!, call), false],
  ];
  return all.filter(([verb]) => connector[verb] !== undefined);
}
