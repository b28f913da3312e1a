// What the sandbox of scripts costs: a run with one call to the PSP, beside the same handler in this process; what one
// slot can do; and what a well-behaved tenant notices of one whose scripts loop, break down and hold threads fast.
import { createHash } from 'node:crypto';
import type { ScriptJob, ScriptPool, StepContext } from '../src/connectors/script/contract.ts';
import { openScriptPool } from '../src/connectors/script/pool.ts';
import { systemPorts } from '../src/kernel/ports.ts';
import { type Finding, finding } from './report.ts';
import { median } from './statistics.ts';

/** script-sandbox.md 7: about 1.2 KB of context, a signature, a log entry, one call, a result. */
const HANDLER = `
  const text = [ctx.id, ctx.txn.amount, ctx.txn.currency, ctx.credential.apiKey].join('|');
  const sign = sdk.crypto.md5(text);
  sdk.logger.info({ orderId: ctx.id });
  const reply = await sdk.http.post('https://psp.example.com/v1/payments', {
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + ctx.credential.apiKey },
    body: JSON.stringify({ amount: ctx.txn.amount, currency: ctx.txn.currency, sign }),
  });
  return sdk.response.success(
    { orderId: ctx.id, status: reply.data.state, navigation: { type: 'redirect', contentType: 'url', value: reply.data.url } },
    { pspTxnId: reply.data.id, state: { sign } },
  );`;
const SOURCE = `export async function initiate(ctx, sdk) {${HANDLER}}`;
const REPLY = '{"id":"p-1","state":"CHECKOUT","url":"https://psp.example.com/pay/p-1"}';
const HOSTILE = [
  'while (true) {}',
  'const all = []; for (;;) all.push({ a: 1 })',
  'new Array(2 ** 32 - 1).indexOf(1)',
].map((body) => `export async function initiate(ctx, sdk) {${body}}`);

export async function benchScripts(quick: boolean): Promise<Finding[]> {
  return [
    ...(await throughput(quick ? 1_000 : 8_000)),
    ...(await neighbours(quick ? 2_000 : 8_000)),
  ];
}

async function throughput(runs: number): Promise<Finding[]> {
  const pool = openScriptPool(systemPorts, { slots: 1 });
  try {
    await abreast(pool, 500, 16);
    const before = process.cpuUsage();
    const { perSecond, cpuMs } = await abreast(pool, runs, 16);
    const { user, system } = process.cpuUsage(before);
    const wholeMs = (user + system) / 1_000 / runs;
    const alone = await abreast(pool, Math.ceil(runs / 4), 1);
    const control = await inProcess(runs);
    return [
      finding(
        {
          part: 'scripts',
          what: 'a run with one call, in its slot, CPU',
          value: median(cpuMs),
          unit: 'ms',
        },
        { of: 'measured', atMost: 2 },
      ),
      finding({
        part: 'scripts',
        what: 'the same, all of the process',
        value: wholeMs,
        unit: 'ms',
      }),
      finding(
        { part: 'scripts', what: 'runs a second, one slot', value: perSecond, unit: '/s' },
        { of: 'measured', atLeast: 500 },
      ),
      finding(
        {
          part: 'scripts',
          what: 'a run, from call to answer',
          value: median(alone.latencyMs),
          unit: 'ms',
          control: { name: 'the same handler in this process', value: control },
        },
        { of: 'measured', atMost: 2 },
      ),
    ];
  } finally {
    await pool.close();
  }
}

/** The same pace of well-behaved runs without and with a neighbour that is hostile all the time, in turns. */
async function neighbours(roundMs: number): Promise<Finding[]> {
  const pool = openScriptPool(systemPorts, { slots: 2 });
  const quiet: number[] = [];
  const noisy: number[] = [];
  try {
    await abreast(pool, 200, 8);
    for (let round = 0; round < 2; round += 1) {
      quiet.push(...(await paced(pool, roundMs / 2)));
      const stop = harass(pool);
      noisy.push(...(await paced(pool, roundMs / 2)));
      await stop();
    }
  } finally {
    await pool.close();
  }
  const beside = (what: string, part: number): Finding =>
    finding({
      part: 'scripts',
      what,
      value: at(noisy, part),
      unit: 'ms',
      control: { name: 'without', value: at(quiet, part) },
    });
  return [
    beside('a run beside a hostile tenant, median', 0.5),
    beside('the same, 95th of 100', 0.95),
  ];
}

async function abreast(pool: ScriptPool, runs: number, width: number) {
  const cpuMs: number[] = [];
  const latencyMs: number[] = [];
  let begun = 0;
  const startedMs = performance.now();
  const worker = async (): Promise<void> => {
    while (begun < runs) {
      begun += 1;
      const atMs = performance.now();
      cpuMs.push(await well(pool));
      latencyMs.push(performance.now() - atMs);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return { cpuMs, latencyMs, perSecond: (runs * 1_000) / (performance.now() - startedMs) };
}

/** A run every 10 ms, whether or not the one before is done. */
async function paced(pool: ScriptPool, forMs: number): Promise<number[]> {
  const runs: Promise<number>[] = [];
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    const atMs = performance.now();
    runs.push(well(pool).then(() => performance.now() - atMs));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return await Promise.all(runs);
}

async function well(pool: ScriptPool): Promise<number> {
  const { end, usage } = await pool.run(job(SOURCE, 'env_well'));
  if (end.kind !== 'returned') throw new Error(`a run failed: ${end.failure} ${end.detail}`);
  return usage.cpuMs;
}

/** Four at a time, always: none of them is the same script as before, so that none is suspended. */
function harass(pool: ScriptPool): () => Promise<void> {
  let isOver = false;
  let count = 0;
  const worker = async (): Promise<void> => {
    while (!isOver) {
      count += 1;
      await pool.run(job(`/* ${count} */ ${HOSTILE[count % HOSTILE.length]}`, 'env_hostile'));
    }
  };
  const workers = Array.from({ length: 4 }, worker);
  return async () => {
    isOver = true;
    await Promise.all(workers);
  };
}

/** Milliseconds a run. */
async function inProcess(runs: number): Promise<number> {
  const url = `data:text/javascript,${encodeURIComponent(SOURCE)}`;
  const { initiate } = (await import(url)) as {
    initiate(ctx: StepContext, sdk: unknown): Promise<unknown>;
  };
  const sdk = {
    crypto: { md5: (text: string) => createHash('md5').update(text).digest('hex') },
    logger: { info: (value: unknown) => JSON.stringify(value) },
    http: {
      post: async () => ({ success: true, status: 200, sent: 'replied', data: JSON.parse(REPLY) }),
    },
    response: {
      success: (data: unknown, result: object) => ({ ...result, __type: 'success', data }),
    },
  };
  const { ctx } = job(SOURCE, 'env_well');
  const startedMs = performance.now();
  for (let run = 0; run < runs; run += 1) JSON.stringify(await initiate(ctx, sdk));
  return (performance.now() - startedMs) / runs;
}

const hashes = new Map<string, string>();

function job(source: string, tenant: string): ScriptJob {
  if (!hashes.has(source)) hashes.set(source, createHash('sha256').update(source).digest('hex'));
  const apiKey = 'sk_bench_0123456789';
  const page = 'https://shop.example/checkout/result';
  const urls = { successRedirectUrl: page, failureRedirectUrl: page };
  return {
    tenant,
    source,
    sha256: hashes.get(source)!,
    step: 'initiate',
    egress: ['psp.example.com'],
    secrets: { apiKey },
    send: async () => ({ sent: 'replied', status: 200, headers: {}, text: REPLY }),
    ctx: {
      id: 'ortx_01hzy3k6v7',
      step: 'initiate',
      credential: { apiKey },
      data: {
        body: {
          order: { id: 'o-1', money: { amount: 10, currency: 'EUR' } },
          customer: {
            id: 'c-1',
            email: 'ama@example.com',
            name: 'Ama Mensah',
            note: 'x'.repeat(300),
          },
        },
      },
      urls: {
        server: { redirect: page, webhook: page, ...urls },
        origin: { ...urls, webhookUrl: page },
      },
      txn: {
        id: 'ortx_01hzy3k6v7',
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
      idempotencyKey: '3f2c9a51',
    },
  };
}

function at(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
