// POST /charge/submit_*: the payer's PIN, OTP, phone, birthday, address (psp/paystack.md section 2.2). A wrong answer
// ends the charge, and says so with HTTP 200, top-level `status: false` and `data.status: "failed"`.
import type { FastifyInstance } from 'fastify';
import { renderStep, unknownReference } from './charge.ts';
import type { Desk } from './desk.ts';
import type { StepWord } from './instruments.ts';
import { bodyOf, type Fields, invalidParams, merchantOf, ok, refuse, required } from './wire.ts';

interface Submit {
  readonly path: string;
  readonly word: StepWord;
  /** The answer in the body; throws when it is not well formed. */
  readonly read: (body: Fields) => string;
  /** Why the charge fails after a wrong answer. */
  readonly wrong: string;
}

const matching = (name: string, pattern: RegExp) => (body: Fields) => {
  const value = required(body, name);
  if (!pattern.test(value)) throw invalidParams(`${name} is invalid`);
  return value;
};

const SUBMITS: readonly Submit[] = [
  { path: 'pin', word: 'send_pin', read: matching('pin', /^\d{4,6}$/), wrong: 'incorrect_pin' },
  { path: 'otp', word: 'send_otp', read: matching('otp', /^\w{4,10}$/), wrong: 'wrong_otp' },
  {
    path: 'phone',
    word: 'send_phone',
    read: matching('phone', /^\+?\d{10,15}$/),
    wrong: 'authentication_failed',
  },
  {
    path: 'birthday',
    word: 'send_birthday',
    read: matching('birthday', /^\d{4}-\d{2}-\d{2}$/),
    wrong: 'authentication_failed',
  },
  {
    path: 'address',
    word: 'send_address',
    read: (body) =>
      ['address', 'city', 'state', 'zip_code'].map((name) => required(body, name)).join(', '),
    wrong: 'authentication_failed',
  },
];

export function submitRoutes(app: FastifyInstance, desk: Desk): void {
  const { ledger } = desk;
  for (const { path, word, read, wrong } of SUBMITS) {
    app.post(`/charge/submit_${path}`, (request) => {
      const { key } = merchantOf(request);
      const body = bodyOf(request);
      const answer = read(body);
      const transaction = ledger.find(key, required(body, 'reference'));
      const [step] = transaction?.steps ?? [];
      if (!transaction || step?.word !== word) throw unknownReference();
      if (step.answer !== null && step.answer !== answer) {
        const { reference, message } = ledger.fail(key, transaction, wrong);
        const data = { reference, status: 'failed', message };
        throw refuse(200, 'Charge attempted', { data });
      }
      const next = ledger.advance(key, transaction);
      const shown = renderStep(desk, key, next);
      // Paystack leaves the reference out here.
      if (word === 'send_birthday' && next.steps.length > 0)
        return ok('Charge attempted', { ...shown, reference: undefined });
      return ok('Charge attempted', shown);
    });
  }
}
