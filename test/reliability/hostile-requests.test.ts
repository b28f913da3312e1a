// What no client would send, to every route of every API: right requests with something bent, so that they get far, and
// absurd ones made from our own descriptions. None may be a bug of ours (500), leave its API's envelope, or be an error in
// the log. `SWITCHYARD_FUZZ_RUNS` asks for more of them.
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Desk, openDesk, transaction } from '../connxt-desk.ts';
import { FormanceClient } from '../formance-client.ts';
import { replaceMember } from '../hostile-json.ts';
import type { MadeOrganization } from '../house-server.ts';
import { GOOD, type Good } from './good-requests.ts';

const RUNS = Number(process.env.SWITCHYARD_FUZZ_RUNS ?? 8);
const PATIENCE = { timeout: 60_000 + RUNS * 30_000 };

type Api = Good['api'];
// biome-ignore lint/suspicious/noExplicitAny: whatever was answered
type Said = any;

const text = (value: unknown) => typeof value === 'string';
const flat = (said: Said) => text(said?.error) && text(said.code) && text(said.message);

/** What an API says when it refuses. */
const ENVELOPES: Readonly<Record<Api, (said: Said, status: number) => boolean>> = {
  reevit: flat,
  admin: flat,
  connxt: (said) =>
    text(said?.timestamp) && text(said.code) && text(said.message) && Array.isArray(said.errors),
  formance: (said, status) =>
    (text(said?.errorCode) && text(said.errorMessage)) || status === 401 || status === 405,
  generic: (said) => text(said?.Title) && text(said.Detail),
};

let desk: Desk;
let headers: Readonly<Record<Api, Readonly<Record<string, string>>>>;
const names = new Map<string, string>();

beforeAll(async () => {
  desk = await openDesk({ deadlineMs: 300 });
  const shop = await desk.client();
  headers = await headersOf(shop);
  names.set('environment', shop.environmentId);
  names.set('psp', await shop.psp());
  for (const good of GOOD) await goodly(good);
}, 120_000);
afterAll(() => desk?.close());

async function headersOf({ organization }: Client): Promise<typeof headers> {
  const { app } = desk.stage;
  const { reevit_api_key: key, connxt_secret_token: token } = organization.environments[0]!;
  const formance = await FormanceClient.of(app, organization as unknown as MadeOrganization);
  return {
    reevit: { 'x-reevit-key': key },
    admin: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
    connxt: { 'x-secret-token': token },
    formance: formance.authorization,
    generic: { authorization: `Bearer ${key}` },
  };
}

const named = (value: string) =>
  value.replace(/\{(\w+)\}/g, (whole, name) => names.get(name) ?? whole);

function bodyOf({ body }: Good): unknown {
  if (body === '{transaction}') return transaction(names.get('psp')!);
  return body === undefined ? undefined : JSON.parse(named(JSON.stringify(body)));
}

let keys = 0;
function requestOf(api: Api, method: string, url: string, payload: unknown): InjectOptions {
  const once = method === 'POST' ? { 'idempotency-key': `key-${++keys}` } : {};
  const json = payload === undefined ? {} : { 'content-type': 'application/json' };
  return {
    method: method as 'GET',
    url,
    headers: { ...headers[api], ...once, ...json },
    ...(payload === undefined ? {} : { payload: JSON.stringify(payload) }),
  };
}

async function goodly(good: Good): Promise<void> {
  const request = requestOf(good.api, good.method, named(good.path), bodyOf(good));
  const reply = await desk.stage.app.inject(request);
  if (reply.statusCode >= 300)
    throw new Error(`${good.method} ${good.path}: ${reply.statusCode} ${reply.payload}`);
  for (const [name, place] of Object.entries(good.remember ?? {})) {
    const found = place.split('.').reduce((at: Said, member) => at?.[member], reply.json());
    if (!text(found)) throw new Error(`${good.path} answered no ${place}: ${reply.payload}`);
    names.set(name, found);
  }
}

/** Throws when the answer is none that we would give. */
async function judge(api: Api, request: InjectOptions): Promise<void> {
  const { statusCode: status, payload, headers: told } = await desk.stage.app.inject(request);
  if (/^\s+at /m.test(payload)) throw new Error(`a stack: ${payload}`);
  if (status < 400) return;
  const said = String(told['content-type']).includes('json') ? JSON.parse(payload) : null;
  // The merchant's own endpoint is down, or this machine is busy: nobody's bug.
  const isNobodys = said?.code === 'webhook_failed' || (status === 503 && told['retry-after']);
  if (status >= 500 && !isNobodys)
    throw new Error(`${status} ${payload} ${desk.stage.logLines.at(-1)}`);
  if (!ENVELOPES[api](said, status)) throw new Error(`no envelope: ${status} ${payload}`);
}

const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  '😀',
  '\ud800',
  '%00',
  '../../etc/passwd',
  "' OR 1=1 --",
  'null',
  '-1',
  '1e400',
  'Infinity',
  'NaN',
  '0x10',
  'x'.repeat(6_000),
  '😀'.repeat(20),
  `a${'😀'.repeat(20)}`,
  '😀'.repeat(600),
  `a${'😀'.repeat(600)}`,
  '__proto__',
  'constructor',
  '2026-02-30T25:61:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'eyJhIjoxfQ',
  'USD/99',
  'JPY/2',
  'XXX',
  'http://[::1]:99999/',
  'javascript:1',
  'http://169.254.169.254/',
];
const ODD_NUMBERS = [
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  -0.0001,
  -(2 ** 63),
  1e-320,
];

const names$ = fc.nat().map((at) => [...names.values()][at % names.size] ?? 'x');
const texts = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 1, arbitrary: names$ },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);
const odd = fc.oneof(
  { weight: 4, arbitrary: texts },
  { weight: 3, arbitrary: fc.constantFrom(...ODD_NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, [], {}, [[]], { $match: {} }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

function encode(name: string): string {
  try {
    return encodeURIComponent(name) || '%20';
  } catch {
    return '%ED%A0%80'; // half a character
  }
}

/** A right request with one member of its body, one name in its path, or one parameter replaced; or none. */
function bent(good: Good): fc.Arbitrary<InjectOptions> {
  return fc
    .tuple(fc.constantFrom('body', 'body', 'path', 'query'), fc.nat(), odd, texts)
    .map(([what, where, value, word]) => {
      const body = bodyOf(good);
      let [path = '', query = ''] = named(good.path).split('?');
      if (what === 'path') path = replaceOneName(good.path.split('?')[0] ?? '', where, word);
      if (what === 'query') query = replaceOneParameter(query, where, word);
      const payload =
        what === 'body' && body !== undefined ? replaceMember(body, where, value) : body;
      return requestOf(good.api, good.method, `${path}?${query}`, payload);
    });
}

function replaceOneName(path: string, where: number, value: string): string {
  const all = path.match(/\{\w+\}/g) ?? [];
  const chosen = all[where % Math.max(1, all.length)] ?? '';
  return named(chosen === '' ? path : path.replace(chosen, () => encode(value)));
}

function replaceOneParameter(query: string, where: number, value: string): string {
  const all = query === '' ? [] : query.split('&');
  const name = all[where % Math.max(1, all.length)]?.split('=')[0] ?? 'cursor';
  return [...all.filter((one) => !one.startsWith(`${name}=`)), `${name}=${encode(value)}`].join(
    '&',
  );
}

describe.each(Object.keys(ENVELOPES) as Api[])('the %s API', (api) => {
  it('answers every bent request in its own envelope', PATIENCE, async () => {
    for (const good of GOOD.filter((one) => one.api === api))
      await fc.assert(
        fc.asyncProperty(bent(good), (request) => judge(api, request)),
        { numRuns: RUNS, endOnFailure: true },
      );
  });

  it('and every absurd one', PATIENCE, async () => {
    for (const operation of await operationsOf(api))
      await fc.assert(
        fc.asyncProperty(absurd(api, operation), (request) => judge(api, request)),
        { numRuns: Math.ceil(RUNS / 4), endOnFailure: true },
      );
  });
});

it('nothing of it was an error to the server', async () => {
  await desk.stage.work();
  expect(desk.stage.logLines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
});

// biome-ignore lint/suspicious/noExplicitAny: JSON Schema
type Schema = any;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly body: Schema | null;
}

/** These never end, or end the test's own key. */
const LEFT_OUT = /events\/stream$|api-keys\/\{id\}$/;

async function operationsOf(api: Api): Promise<Operation[]> {
  const { paths } = (await desk.stage.app.inject({ url: `/openapi/${api}.json` })).json();
  return Object.entries<Record<string, Schema>>(paths)
    .filter(([path]) => !LEFT_OUT.test(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        path,
        method: method.toUpperCase(),
        parameters,
        body: requestBody?.content['application/json']?.schema ?? null,
      })),
    );
}

function absurd(
  api: Api,
  { method, path, parameters, body }: Operation,
): fc.Arbitrary<InjectOptions> {
  const asked = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
  const query = fc.dictionary(fc.constantFrom(...asked, 'cursor'), texts, { maxKeys: 3 });
  return fc
    .tuple(fc.array(texts, { minLength: 4 }), query, like(body))
    .map(([given, added, payload]) => {
      let at = 0;
      const filled = path.replace(/\{\w+\}/g, () => encode(given[at++] ?? 'x'));
      const search = Object.entries(added).map(([name, value]) => `${name}=${encode(value)}`);
      const url = `${filled}?${search.join('&')}`;
      return requestOf(api, method, url, body === null ? undefined : payload);
    });
}

/** Near the schema: its members, with whatever in them. */
function like(schema: Schema): fc.Arbitrary<unknown> {
  if (schema?.type !== 'object' || !schema.properties) return odd;
  const members = Object.entries(schema.properties).map(([name, one]) => [name, like(one)]);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}
