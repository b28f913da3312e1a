// Ids: a prefix that says what the thing is, and a UUIDv7 as 32 hexadecimal digits, so that ids sort by time.
import type { Ports } from './ports.ts';

export type IdPrefix =
  | 'org'
  | 'brn'
  | 'env'
  | 'key'
  | 'con'
  | 'rr'
  | 'pay'
  | 'po'
  | 'tr'
  | 'ben'
  | 'att'
  | 'ref'
  | 'cap'
  | 'void'
  | 'rev'
  | 'evt'
  | 'inw'
  | 'mis'
  | 'req'
  | 'aud';

/** A UUIDv7 (RFC 9562 section 5.7) as 32 lower-case hexadecimal digits without dashes. */
export function newUuidHex({ clock, random }: Ports): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(clock.nowMs(), 0, 6);
  random.bytes(10).copy(bytes, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex');
}

/** Ids sort by time: every event from this moment on has a greater one. */
export function eventIdAt(epochMs: number): string {
  return `evt_${Math.max(0, epochMs).toString(16).padStart(12, '0')}`;
}

/** With dashes, for APIs whose ids are plain UUIDs. */
export function newUuid(ports: Ports): string {
  return newUuidHex(ports).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** For example `pay_019aa5f3b2c47d1e8f00112233445566`. */
export function newId(prefix: IdPrefix, ports: Ports): string {
  return `${prefix}_${newUuidHex(ports)}`;
}

/**
 * The part of an id that PSPs are given as our reference: 32 hexadecimal digits, which fit every PSP's rules
 * (Paystack forbids the underscore, Hubtel more than 32 characters).
 */
export function referenceOf(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}
