// The envelope of the Connxt API (connxt.md section 4): one for success, one for errors, six codes in all.
import type { Clock } from '../../kernel/ports.ts';
import type { Problem } from '../../kernel/problem.ts';
import type { Envelope } from '../app.ts';

const CODES: Readonly<Record<number, string>> = {
  400: '4001',
  401: '4002',
  403: '4003',
  404: '4004',
  405: '4001',
  409: '4005',
  413: '4001',
  415: '4001',
  422: '4001',
};

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Validation failed',
  404: 'Resource not found',
  500: 'Generic server error',
};

export interface ErrorItem {
  readonly field: string;
  readonly message: string;
  readonly code?: string;
}

export function connxtEnvelope(clock: Clock): Envelope {
  return (problem) => ({
    timestamp: timestampOf(clock.nowMs()),
    code: CODES[problem.status] ?? '1000',
    message: messageOf(problem),
    errors: itemsOf(problem),
  });
}

export function success(clock: Clock, data: unknown, message = DONE) {
  return { timestamp: timestampOf(clock.nowMs()), code: '200', message, data };
}

const DONE = 'Operation completed successfully';
export const CREATED = 'Transaction created successfully';

/** `2025-12-12T10:43:18Z`: no fraction. */
function timestampOf(epochMs: number): string {
  return `${localTimeOf(epochMs)}Z`;
}

/** `2025-12-12T11:26:36`: UTC without saying so, as the reference has it (connxt.md row 13). */
export function localTimeOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19);
}

function messageOf({ status, message, details }: Problem): string {
  if (status >= 500) return MESSAGES[500]!;
  // What is wrong stands in the list; the message names the kind.
  return details.errors || details.field ? (MESSAGES[status] ?? message) : message;
}

function itemsOf({ details, message }: Problem): readonly ErrorItem[] {
  const { errors, field } = details as { errors?: readonly ErrorItem[]; field?: string };
  if (errors) return errors;
  return field === undefined ? [] : [{ field, message }];
}
