// A PSP that does nothing but answer, as fast as it can or after a set time: Paystack's `initialize`, `verify` and
// `balance`. A process of its own, so that its work and its clock are not the server's. It tells its parent how long
// it had each payment.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PspOrder {
  readonly delayMs: number;
}

export type PspWord =
  | { readonly kind: 'listening'; readonly url: string }
  /** The order is in force; what was seen before it, by reference. */
  | { readonly kind: 'seen'; readonly tookMs: ReadonlyMap<string, number> };

let delayMs = 0;
let tookMs = new Map<string, number>();
/** What `verify` has to give back. */
const asked = new Map<string, { amount: number; currency: string }>();
const KNOWN_MAX = 500_000;

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const startedMs = performance.now();
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => void answer(request, response, text, startedMs));
});

async function answer(
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  text: string,
  startedMs: number,
): Promise<void> {
  if (url === '/transaction/initialize') {
    const { reference, amount, currency } = JSON.parse(text);
    if (asked.size < KNOWN_MAX) asked.set(reference, { amount, currency });
    if (delayMs > 0) await sleep(delayMs);
    const code = `code${randomUUID().slice(0, 8)}`;
    const data = { authorization_url: `https://psp.invalid/${code}`, access_code: code, reference };
    send(response, { status: true, message: 'Authorization URL created', data });
    tookMs.set(reference, performance.now() - startedMs);
  } else if (url.startsWith('/transaction/verify/')) {
    const reference = url.slice('/transaction/verify/'.length);
    const data = { id: 1, domain: 'test', status: 'abandoned', reference, ...asked.get(reference) };
    send(response, { status: true, message: 'Verification successful', data });
  } else {
    send(response, { status: true, message: 'Balances retrieved', data: [] });
  }
}

function send(response: ServerResponse, json: unknown): void {
  const body = JSON.stringify(json);
  const length = Buffer.byteLength(body);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
  response.end(body);
}

function tell(word: PspWord): void {
  process.send?.(word);
}

process.on('message', (order: PspOrder) => {
  ({ delayMs } = order);
  const seen = tookMs;
  tookMs = new Map();
  tell({ kind: 'seen', tookMs: seen });
});
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tell({ kind: 'listening', url: `http://127.0.0.1:${port}` });
});
