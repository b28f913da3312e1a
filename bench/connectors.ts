// What a charge costs the processor beyond the call itself, for every connector: building the request, watching it on
// its way, reading the reply. Beside a control of the same run: the same request by undici alone. The replies are
// those of the PSP's simulator, told by a server that knows nothing else. And once more without any network, beside the
// JSON of the same request and reply.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import type { Call } from '../src/connectors/contract.ts';
import { runOperation } from '../src/connectors/run.ts';
import { tokenInMemory } from '../src/connectors/testing.ts';
import { type PspRequest, type Send, Transport } from '../src/connectors/transport.ts';
import { Merchant } from '../test/conformance/merchant.ts';
import { type Psps, startPsps } from '../test/conformance/psps.ts';
import type { Subject } from '../test/conformance/subject.ts';
import { subjects } from '../test/conformance/subjects.ts';
import { type Finding, finding } from './report.ts';
import { median } from './statistics.ts';

interface Told {
  readonly request: PspRequest;
  readonly status: number;
  readonly text: string;
}

export async function benchConnectors(quick: boolean): Promise<Finding[]> {
  const psps = await startPsps();
  try {
    const findings: Finding[] = [];
    for (const subject of subjects) findings.push(...(await benchCharge(subject, psps, quick)));
    return findings;
  } finally {
    await psps.close();
  }
}

async function benchCharge(subject: Subject, psps: Psps, quick: boolean): Promise<Finding[]> {
  const { connector } = subject;
  const { provider, name } = connector.manifest;
  const merchant = new Merchant(subject, psps, 'bench');
  const told: Told[] = [];
  const token = tokenInMemory();
  const callWith = (send: Send): Call => ({
    credentials: merchant.credentials,
    mode: 'sandbox',
    nowMs: psps.clock.nowMs(),
    callbackUrl: psps.inbox('bench').url,
    token,
    send,
  });
  const line = psps.line(provider, 'open');
  const listening: Send = async (request) => {
    const transmission = await line(request);
    if (transmission.sent === 'replied') told.push({ request, ...transmission });
    return transmission;
  };
  await connector.charge(merchant.input(merchant.plain), callWith(listening)); // has its token now
  await psps.advance(600_000);
  told.length = 0;
  const input = merchant.input(merchant.plain);
  await connector.charge(input, callWith(listening));
  if (told.length === 0) throw new Error(`${provider} was asked nothing`);

  const echo = await startEcho(told);
  const transport = new Transport();
  const pool = new Pool(echo.url);
  const call = callWith(transport.to(echo.url));
  const charge = () => runOperation('charge', (one) => connector.charge(input, one), call, true);
  const bare = async () => {
    for (const { request } of told) await callBare(pool, request);
  };
  /** Building, watching and reading alone: what a network costs is not in it. */
  const withoutNetwork = async () => {
    const replies = new Map(told.map(({ request, ...reply }) => [request.path, reply]));
    const instant = callWith(async ({ path }) => {
      const reply = replies.get(path);
      if (!reply) throw new Error(`${provider} asked for ${path}, which it had not asked before`);
      return { sent: 'replied', headers: {}, ...reply };
    });
    const work = () => runOperation('charge', (one) => connector.charge(input, one), instant, true);
    const json = async () => {
      for (const { request, text } of told)
        JSON.stringify([request.path, request.body, JSON.parse(text)]);
    };
    for (const one of [work, json]) await cpuUs(1_000, one);
    const rounds = quick ? 500 : 2_000;
    const batches = async (one: () => Promise<unknown>) => {
      const found: number[] = [];
      for (let batch = 0; batch < 5; batch += 1) found.push(await cpuUs(rounds, one));
      return median(found);
    };
    return finding(
      {
        part: 'connectors',
        what: `${name}: a charge without a network`,
        unit: 'µs',
        value: await batches(work),
        control: { name: 'its JSON alone', value: await batches(json) },
      },
      { of: 'measured', atMost: 200 },
    );
  };
  try {
    const { outcome } = await charge();
    if (outcome.kind === 'unknown' || outcome.kind === 'not_sent')
      throw new Error(`${provider}: ${outcome.kind}: ${outcome.reason}`);
    const [batches, rounds] = quick ? [9, 100] : [21, 400];
    for (const work of [charge, bare]) await cpuUs(500, work); // until the compiler has done its part
    const ours: number[] = [];
    const control: number[] = [];
    for (let batch = 0; batch < batches; batch += 1) {
      ours.push(await cpuUs(rounds, charge));
      control.push(await cpuUs(rounds, bare));
    }
    // Side by side, so that what else the machine does falls on both.
    const own = median(ours.map((one, batch) => one - control[batch]!));
    const whole = finding(
      {
        part: 'connectors',
        what: `${name}: own processor time of a charge`,
        unit: 'µs',
        value: own,
        control: { name: 'the call by undici alone', value: median(control) },
      },
      { of: 'measured', atMost: 200 },
    );
    return [whole, await withoutNetwork()];
  } finally {
    await transport.close();
    await pool.close();
    await echo.close();
  }
}

async function callBare(pool: Pool, { method, path, headers, body }: PspRequest): Promise<void> {
  const reply = await pool.request({ method, path, headers: { ...headers }, body: body ?? null });
  JSON.parse(await reply.body.text());
}

async function cpuUs(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

/** Tells each path what it was told. */
async function startEcho(told: readonly Told[]) {
  const byPath = new Map(told.map(({ request, status, text }) => [request.path, { status, text }]));
  const server = createServer((request, reply) => {
    const known = byPath.get(request.url ?? '');
    request.resume().on('end', () => {
      reply.writeHead(known?.status ?? 404, { 'content-type': 'application/json' });
      reply.end(known?.text ?? '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
}
