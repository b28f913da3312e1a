// A merchant's endpoint for tests: keeps what it is sent, as it came, and answers as the test says.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  /** When it came. */
  readonly atMs: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it was sent
  readonly body: any;
}

export interface MerchantEndpoint {
  readonly url: string;
  readonly received: Received[];
  /** Answers the next ones so; 204 until told. Null: never. */
  answer: ((received: Received, count: number) => Answer) | null;
  close(): Promise<void>;
}

export type Answer = number | { status: number; headers?: Record<string, string>; text?: string };

export async function openEndpoint(): Promise<MerchantEndpoint> {
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const one = { atMs: Date.now(), headers: request.headers, text, body: JSON.parse(text) };
      endpoint.received.push(one);
      if (endpoint.answer !== null) send(reply, endpoint.answer(one, endpoint.received.length));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: MerchantEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received: [],
    answer: () => 204,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return endpoint;
}

function send(reply: ServerResponse, answer: Answer): void {
  const {
    status,
    headers = {},
    text = '',
  } = typeof answer === 'number' ? { status: answer } : answer;
  reply.writeHead(status, headers).end(text);
}
