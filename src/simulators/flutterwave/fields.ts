// Reads the fields that all charges share (psp/flutterwave.md sections 2.1 and 2.2).
import type { FastifyRequest } from 'fastify';
import { type Fault, faultMs, faultNamed } from '../faults.ts';
import type { Parts } from '../simulator.ts';
import { currencyOf, minorOf } from './currencies.ts';
import { type Fields, invalid, isFields, required, textOf } from './wire.ts';

export interface Payer {
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
}

export interface ChargeFields {
  readonly txRef: string;
  readonly minor: number;
  readonly currency: string;
  readonly payer: Payer;
  readonly meta: Fields | null;
  readonly redirectUrl: string | null;
}

export function readChargeFields(body: Fields, payer: Fields = body): ChargeFields {
  const currency = currencyOf(body.currency);
  const txRef = required(body, 'tx_ref');
  if (txRef.length > 100) throw invalid('tx_ref is too long');
  return {
    txRef,
    minor: minorOf(body.amount, currency),
    currency,
    payer: {
      email: readEmail(payer.email),
      name: textOf(payer.name) ?? textOf(body.fullname) ?? 'Anonymous customer',
      phone: textOf(body.phone_number) ?? textOf(payer.phonenumber),
    },
    meta: isFields(body.meta) ? body.meta : null,
    redirectUrl: textOf(body.redirect_url),
  };
}

function readEmail(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalid('email is required');
  if (value.length > 254 || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
    throw invalid('Invalid email');
  return value;
}

export function metaField(meta: Fields | null, name: string): string | null {
  return meta === null ? null : textOf(meta[name]);
}

/** `meta` of a transfer is a list of objects. */
export function metaOfList(value: unknown): Fields | null {
  if (isFields(value)) return value;
  return Array.isArray(value) ? (value.find(isFields) ?? null) : null;
}

/** The faults of one request that are ours to carry out. */
export interface Wishes {
  /** Reason of a decline. */
  readonly decline: string | null;
  readonly lateMs: number | null;
}

export function wishesOf({ faultsOf }: Parts, request: FastifyRequest): Wishes {
  const faults: readonly Fault[] = faultsOf(request);
  const late = faultNamed(faults, 'late_success');
  const decline = faultNamed(faults, 'decline');
  return {
    decline: decline ? (decline.argument ?? 'declined') : null,
    lateMs: late ? faultMs(late, 5_000) : null,
  };
}
