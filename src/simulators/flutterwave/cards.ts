// POST /tokenized-charges: a saved card (psp/flutterwave.md section 2.2), and POST /validate-charge: its OTP, 12345.
// Besides the tokens that a paid page saved, there are magic ones, for any e-mail address:
// | token                        | does                                                       |
// |------------------------------|------------------------------------------------------------|
// | flw-t1nf-success             | succeeds                                                   |
// | flw-t1nf-decline_<reason>    | fails; reasons.ts lists the reasons                        |
// | flw-t1nf-otp                 | asks for an OTP                                            |
// | flw-t1nf-3ds                 | sends the payer to a page of the bank                      |
// | flw-t1nf-refund_<fate>       | succeeds; its refunds are `pending` for a while, or `failed` |
import type { FastifyInstance } from 'fastify';
import { unsupportedCurrency } from './currencies.ts';
import type { Desk } from './desk.ts';
import { readChargeFields, wishesOf } from './fields.ts';
import type { RefundFate, Transaction } from './ledger.ts';
import { isConfiguration } from './reasons.ts';
import { renderCharge } from './render.ts';
import { bodyOf, invalid, merchantOf, ok, required } from './wire.ts';

const OTP = '12345';
const MAGIC = /^flw-t1nf-(success|otp|3ds|decline_([a-z_]+)|refund_(pending|failed))$/;

export function cardRoutes(app: FastifyInstance, desk: Desk): void {
  const { parts, ledger } = desk;

  app.post('/tokenized-charges', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const fields = readChargeFields(body);
    const token = required(body, 'token');
    const magic = MAGIC.exec(token);
    const saved = ledger.cards.get(key, token);
    if (!magic && !saved) throw invalid('Invalid token: no card was found for this token');
    if (saved && saved.email !== fields.payer.email)
      throw invalid('Invalid token: the email does not match that of the token');
    if (ledger.of(key, fields.txRef).length > 0)
      throw invalid('Duplicate tx_ref: Transaction reference already exist');
    const { decline, lateMs } = wishesOf(parts, request);
    if (isConfiguration(decline)) throw unsupportedCurrency(fields.currency);
    const opened = ledger.open(key, {
      ...fields,
      paymentType: 'card',
      authModel: magic?.[1] === 'otp' ? 'OTP' : 'noauth',
      token: saved ? token : null,
      end: decline ?? magic?.[2] ?? null,
      fate: (magic?.[3] as RefundFate | undefined) ?? 'completed',
      lateMs,
    });
    const waits = decline === null && lateMs === null && ['otp', '3ds'].includes(magic?.[1] ?? '');
    if (!waits) return ok('Charge successful', renderCharge(ledger.complete(key, opened)));
    const redirect = `${parts.baseUrl()}/captcha/verify/${opened.page}`;
    const authorization =
      magic![1] === 'otp'
        ? { mode: 'otp', endpoint: '/v3/validate-charge' }
        : { mode: 'redirect', redirect };
    const asked = ledger.change(key, opened, { authorization });
    return ok('Charge initiated', renderCharge(asked), { meta: { authorization } });
  });

  app.post('/validate-charge', (request) => {
    const key = merchantOf(request);
    const body = bodyOf(request);
    const flwRef = required(body, 'flw_ref');
    const otp = required(body, 'otp');
    if (!/^\d{4,8}$/.test(otp)) throw invalid('otp is invalid');
    const found = ledger.transactions.list(key).find((one) => one.flwRef === flwRef);
    if (!found || !asksOtp(found)) throw invalid('No transaction was found for this flw_ref');
    const now = otp === OTP ? ledger.complete(key, found) : ledger.fail(key, found, 'invalid_otp');
    return ok('Charge validated', renderCharge(now));
  });
}

function asksOtp({ status, authorization }: Transaction): boolean {
  return status === 'pending' && authorization?.mode === 'otp';
}
