// Looks through everything a client sent before anything of it is kept: no card numbers (they are refused, never
// stored, never logged), no text that Postgres cannot hold, no numbers that lost digits, no bottomless nesting.
import { invalid, Problem } from '../kernel/problem.ts';
import { isCardNumber } from './card-number.ts';
import { itemOf, memberOf } from './field-path.ts';

/** The body of an executePayload may have 32 levels (connxt.md 7.2), two below the top. */
const DEPTH_MAX = 34;
const VALUES_MAX = 20_000;

/** Throws a Problem naming the field. Buffers and streams (raw bodies) are passed over. */
export function guard(value: unknown): void {
  const left = { values: VALUES_MAX };
  look(value, '', 0, left);
}

/** Path parameters and query strings go into queries too. */
export function guardText(values: unknown): void {
  if (typeof values !== 'object' || values === null) return;
  for (const [name, value] of Object.entries(values)) {
    for (const text of Array.isArray(value) ? value : [value])
      if (typeof text === 'string') checkText(text, memberOf('', name));
  }
}

function look(value: unknown, path: string, depth: number, left: { values: number }): void {
  left.values -= 1;
  if (left.values < 0) throw invalid('validation_error', 'The body has too many values');
  if (depth > DEPTH_MAX) throw invalid('validation_error', 'The body is nested too deeply', path);
  if (typeof value === 'string') {
    checkText(value, path);
    if (isCardNumber(value)) throw cardNumberRefused(path);
  } else if (typeof value === 'number') {
    checkNumber(value, path);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) look(item, itemOf(path, index), depth + 1, left);
  } else if (isPlainObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      // The name is not shown: it is what is wrong.
      checkText(name, memberOf(path, '(name)'));
      if (isCardNumber(name)) throw cardNumberRefused(memberOf(path, '(name)'));
      look(member, memberOf(path, name), depth + 1, left);
    }
  }
}

function checkText(text: string, field: string): void {
  if (text.includes('\u0000') || !text.isWellFormed())
    throw invalid('validation_error', `${field} contains characters that no text has`, field);
}

function checkNumber(value: number, field: string): void {
  if (Number.isSafeInteger(value)) {
    if (isCardNumber(value)) throw cardNumberRefused(field);
  } else if (Number.isInteger(value) || !Number.isFinite(value)) {
    const code = /(?:^|\.)amount$/.test(field) ? 'invalid_amount' : 'validation_error';
    throw invalid(code, `${field} is a number too large to be kept exactly`, field);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cardNumberRefused(field: string): Problem {
  const where = field === '' ? 'The body' : field;
  const message = `${where} looks like a card number. Send a token of the PSP instead: card numbers are never taken`;
  return new Problem(400, 'card_number_refused', message, field === '' ? {} : { field });
}
