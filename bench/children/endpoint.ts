// A merchant's endpoint that does nothing but answer: a process of its own, so that its work is not the server's. It
// tells its parent how many events it got, and how long after its event each one began to arrive.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was heard since the order before; and from now on anew. */
export type EndpointOrder = 'report';

export type EndpointWord =
  | { readonly kind: 'listening'; readonly url: string }
  | {
      readonly kind: 'heard';
      readonly events: number;
      readonly firstMs: number;
      readonly lastMs: number;
      /** From the event's own time, which is just before its commit, to the first byte here. */
      readonly delaysMs: readonly number[];
      /** Of posts that are no events, from when they were sent. */
      readonly bareDelaysMs: readonly number[];
      /** What all this cost this process. */
      readonly processorUs: number;
    };

let delaysMs: number[] = [];
let bareDelaysMs: number[] = [];
let usedBefore = process.cpuUsage();
let ids = new Set<string>();
let [firstMs, lastMs] = [0, 0];

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const arrivedMs = Date.now();
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    response.writeHead(204).end();
    const { 'webhook-id': id, 'x-sent-at': sentAt } = request.headers;
    if (typeof sentAt === 'string') bareDelaysMs.push(arrivedMs - Number(sentAt));
    if (typeof id !== 'string' || ids.has(id)) return;
    ids.add(id);
    if (firstMs === 0) firstMs = arrivedMs;
    lastMs = arrivedMs;
    const at = /"created_at":"([^"]+)"/.exec(text)?.[1];
    if (at !== undefined) delaysMs.push(arrivedMs - Date.parse(at));
  });
});

function tell(word: EndpointWord): void {
  process.send?.(word);
}

process.on('message', () => {
  const { user, system } = process.cpuUsage(usedBefore);
  const times = { firstMs, lastMs, delaysMs, bareDelaysMs };
  tell({ kind: 'heard', events: ids.size, ...times, processorUs: user + system });
  usedBefore = process.cpuUsage();
  delaysMs = [];
  bareDelaysMs = [];
  ids = new Set();
  [firstMs, lastMs] = [0, 0];
});
process.on('disconnect', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tell({ kind: 'listening', url: `http://127.0.0.1:${port}/hooks` });
});
