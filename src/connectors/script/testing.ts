// For tests of the sandbox: runs a few lines of script through the real pool, against a PSP that the test plays.
import { createHash } from 'node:crypto';
import { type Ports, systemPorts } from '../../kernel/ports.ts';
import type { Transmission } from '../transport.ts';
import type {
  ScriptJob,
  ScriptPool,
  ScriptRequest,
  ScriptRun,
  ScriptStep,
  StepContext,
  StepResult,
} from './contract.ts';
import { openScriptPool, type PoolOptions } from './pool.ts';

export function testPool(
  options: Partial<PoolOptions> = {},
  ports: Ports = systemPorts,
): ScriptPool {
  return openScriptPool(ports, { slots: 2, queueMs: 60_000, ...options });
}

/** The module of which `body` is the inside of `initiate`. */
export function initiating(body: string): string {
  return `export async function initiate(ctx, sdk) {\n${body}\n}`;
}

export function jobOf(source: string, more: Partial<ScriptJob> = {}): ScriptJob {
  return {
    tenant: 'env_1',
    source,
    sha256: createHash('sha256').update(source).digest('hex'),
    step: 'initiate',
    ctx: contextOf(more.step ?? 'initiate'),
    egress: ['psp.example.com'],
    secrets: { apiKey: CREDENTIAL },
    send: async () => replied({ status: 'ok' }),
    ...more,
  };
}

export const CREDENTIAL = 'sk_test_9f8e7d6c5b4a';

export function contextOf(step: ScriptStep): StepContext {
  const origin = {
    successRedirectUrl: 'https://shop.example/ok',
    failureRedirectUrl: 'https://shop.example/failed',
  };
  const server = { redirect: 'https://sy.example/r/1', webhook: 'https://sy.example/w/1' };
  return {
    id: 'ortx_1',
    step,
    credential: { apiKey: CREDENTIAL },
    data: { body: { order: { id: 'o-1', money: { amount: 10, currency: 'EUR' } } } },
    urls: {
      server: { ...server, ...origin },
      origin: { ...origin, webhookUrl: 'https://shop.example/hook' },
    },
    txn: {
      id: 'ortx_1',
      action: 'DEPOSIT',
      amount: '10.00',
      currency: 'EUR',
      merchantOrderId: 'o-1',
      pspTxnId: null,
      status: 'INITIATED',
      createdAt: '2026-01-02T03:04:05.000Z',
    },
    parent: null,
    state: null,
    live: false,
    idempotencyKey: 'key-1',
  };
}

export function replied(body: unknown, status = 200): Transmission {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { sent: 'replied', status, headers: { 'content-type': 'application/json' }, text };
}

/** A PSP that keeps what it was asked. */
export function pspOf(answer: (request: ScriptRequest) => Transmission | Promise<Transmission>) {
  const requests: ScriptRequest[] = [];
  const send = async (request: ScriptRequest) => {
    requests.push(request);
    return await answer(request);
  };
  return { requests, send };
}

/** What a script returned as the data of its success; a failed run fails the test with its reason. */
export function dataOf({ end }: ScriptRun): unknown {
  if (end.kind === 'failed') throw new Error(`${end.failure}: ${end.detail}`);
  if (end.result.__type !== 'success') throw new Error(`not a success: ${end.result.__type}`);
  return end.result.data;
}

export function resultOf({ end }: ScriptRun): StepResult {
  if (end.kind === 'failed') throw new Error(`${end.failure}: ${end.detail}`);
  return end.result;
}

export function failureOf({ end }: ScriptRun): string {
  return end.kind === 'failed' ? end.failure : 'returned';
}
