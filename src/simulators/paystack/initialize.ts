// POST /transaction/initialize: the hosted page (psp/paystack.md section 2.1). Nothing is charged here, so a decline
// that is asked for is a refusal of the call, in the form that Paystack documents for refusals by a processor.
import type { FastifyInstance } from 'fastify';
import { CHANNELS, rulesOf, unsupportedCurrency } from './currencies.ts';
import { type Desk, wishesOf } from './desk.ts';
import { readChargeFields } from './fields.ts';
import {
  DEFAULT_CARD,
  type Instrument,
  offlineInstrument,
  walletInstrument,
} from './instruments.ts';
import { isConfiguration, textOfReason } from './reasons.ts';
import { bodyOf, invalidParams, merchantOf, ok, refuse } from './wire.ts';

export function initializeRoutes(app: FastifyInstance, desk: Desk): void {
  app.post('/transaction/initialize', (request) => {
    const merchant = merchantOf(request);
    const body = bodyOf(request);
    const fields = readChargeFields(body, request);
    const channels = readChannels(body.channels, fields.currency);
    const { decline, lateMs, disputed } = wishesOf(desk, request);
    if (decline !== null) throw refusedByProcessor(decline);
    const transaction = desk.ledger.open(merchant, {
      ...fields,
      instrument: instrumentOf(channels[0] ?? 'card'),
      direct: false,
      lateMs,
      disputed,
    });
    return ok('Authorization URL created', {
      authorization_url: `${desk.parts.baseUrl()}/checkout/${transaction.accessCode}`,
      access_code: transaction.accessCode,
      reference: transaction.reference,
    });
  });
}

export function refusedByProcessor(reason: string) {
  if (isConfiguration(reason)) return unsupportedCurrency();
  return refuse(400, textOfReason(reason), {
    code: 'unknown',
    type: 'processor_error',
    nextStep: 'Try again with another instrument',
  });
}

function readChannels(value: unknown, currency: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((channel) => !CHANNELS.includes(channel)))
    throw invalidParams(`channels is a list of ${CHANNELS.join(', ')}`);
  const possible = (value as string[]).filter((one) => rulesOf(currency).channels.includes(one));
  if (value.length > 0 && possible.length === 0) throw noActiveChannel();
  return possible;
}

/** Also what an initialize answers that was wanted to find Paystack unavailable: a refusal, definite and documented. */
export function noActiveChannel() {
  return refuse(400, 'No active channel: channel not enabled for this integration', {
    code: 'invalid_params',
    nextStep: 'Enable a payment channel on your dashboard',
  });
}

function instrumentOf(channel: string): Instrument {
  if (channel === 'card' || channel === 'apple_pay') return { ...DEFAULT_CARD, channel };
  if (channel === 'mobile_money') return walletInstrument('0551234987', 'mtn');
  return offlineInstrument(channel);
}
