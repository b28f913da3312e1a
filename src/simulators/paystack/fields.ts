// Reads the fields that all charges share. Strict where Paystack is strict.
import type { FastifyRequest } from 'fastify';
import { chargeAmountOf, currencyOf } from './currencies.ts';
import { type Fields, invalidParams, isFields, missing, textOf } from './wire.ts';

export interface ChargeFields {
  readonly email: string;
  readonly amount: number;
  readonly currency: string;
  /** Null: Paystack makes one. */
  readonly reference: string | null;
  readonly metadata: Fields | string | null;
  readonly callbackUrl: string | null;
  readonly ipAddress: string;
}

export function readChargeFields(body: Fields, request: FastifyRequest): ChargeFields {
  const currency = currencyOf(body.currency);
  return {
    email: readEmail(body.email),
    amount: chargeAmountOf(body.amount, currency),
    currency,
    reference: readReference(body.reference),
    metadata: readMetadata(body.metadata),
    callbackUrl: textOf(body.callback_url),
    ipAddress: request.ip,
  };
}

function readEmail(value: unknown): string {
  if (value === undefined || value === null || value === '') throw missing('email');
  if (typeof value !== 'string' || value.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
    throw invalidParams('Invalid Email Address Passed');
  return value.toLowerCase();
}

/** Letters, digits, `-`, `.`, `=`: no underscore (psp/paystack.md section 5). */
function readReference(value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || !/^[A-Za-z0-9.=-]{1,200}$/.test(value))
    throw invalidParams('Reference can only contain -, ., = and alphanumeric characters');
  return value;
}

/** An object, or JSON text of one; other text is kept as it is. */
export function readMetadata(value: unknown): Fields | string | null {
  if (isFields(value)) return value;
  if (typeof value !== 'string' || value === '') return null;
  try {
    const parsed: unknown = JSON.parse(value);
    return isFields(parsed) ? parsed : value;
  } catch {
    return value;
  }
}

export function metadataField(metadata: Fields | string | null, name: string): string | null {
  return isFields(metadata) ? textOf(metadata[name]) : null;
}
