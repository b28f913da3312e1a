import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, House } from '../../../test/house-server.ts';
import { builtInScripts } from '../../connectors/script/builtin.ts';
import { noScripts } from '../../connectors/script/no-pool.ts';
import { FlowCatalogue } from '../../flows/flow-catalogue/catalogue.ts';
import { type HandedIn, installConnector } from '../../flows/flow-catalogue/install.ts';

let house: House;

/** Checks as the sandbox does, as far as these tests need. */
const scripts = {
  ...noScripts,
  check: async ({ text }: { text: string }) =>
    text.includes('export')
      ? {
          ok: true as const,
          source: text,
          sha256: createHash('sha256').update(text).digest('hex'),
          exports: [],
          hosts: [],
        }
      : { ok: false as const, problems: ['it exports nothing'] },
};

beforeAll(async () => {
  house = await House.open({ scripts });
  for (const one of builtInScripts())
    await installConnector(house.context.flows.workshop, one, 'system');
});
afterAll(() => house?.close());

async function admin(method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) {
  const reply = await house.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    ...(payload ? { payload } : {}),
  });
  return { status: reply.statusCode, body: reply.json() };
}

async function definition() {
  const { body } = await admin('GET', '/flow-definitions');
  return body.flowDefinitions.find(
    ({ description }: { description: string }) => description === 'SYS-PSP-DEPOSIT-PAYMAXIS',
  ).id as string;
}

describe('flow targets', () => {
  it('has Paymaxis and Sticpay under their published ids', async () => {
    const { body } = await admin('GET', '/flow-targets');
    expect(body.flowTargets.map(({ id }: { id: string }) => id)).toEqual([
      'ftg_01jwra8pvkfey9h1f71gsw1qsw',
      'ftg_01jt2ctt8veh48mkpcx2bdeatz',
    ]);
    expect(await definition()).toBe('fld_01jwraa3kffey9h1f83mjfj0sv');
  });

  it('changes nothing when it is installed again', async () => {
    const versions = `/flow-definitions/${await definition()}/versions`;
    const before = await admin('GET', versions);
    for (const one of builtInScripts())
      await installConnector(house.context.flows.workshop, one, 'system');
    expect(await admin('GET', versions)).toEqual(before);
  });

  it('can be disabled, and stays so over an upgrade', async () => {
    const id = 'ftg_01jt2ctt8veh48mkpcx2bdeatz';
    const closed = await admin('PUT', `/flow-targets/${id}`, { status: 'DISABLED' });
    expect(closed.body.status).toBe('DISABLED');
    for (const one of builtInScripts())
      await installConnector(house.context.flows.workshop, one, 'system');
    const { body } = await admin('GET', '/flow-targets');
    expect(body.flowTargets[1].status).toBe('DISABLED');
  });

  it('can take more currencies, also over an upgrade', async () => {
    const id = 'ftg_01jt2ctt8veh48mkpcx2bdeatz';
    const lists = { currencies: ['USD', 'EUR'], countries: [], paymentMethods: ['Bank'] };
    const wider = await admin('PUT', `/flow-targets/${id}`, { inputSchema: lists });
    expect(wider.body.inputSchema).toEqual(lists);
    for (const one of builtInScripts())
      await installConnector(house.context.flows.workshop, one, 'system');
    const { body } = await admin('GET', '/flow-targets');
    expect(body.flowTargets[1].inputSchema).toEqual(lists);
    const odd = await admin('PUT', `/flow-targets/${id}`, { inputSchema: { currencies: 'EUR' } });
    expect(odd.status).toBe(400);
  });

  it('takes no name of a built-in connector', async () => {
    const [first] = builtInScripts();
    const connector = { ...first!.connector, key: 'stripe' };
    const answer = await admin('POST', '/script-connectors', { connector, scripts: {} });
    expect(answer).toMatchObject({ status: 409, body: { code: 'connector_exists' } });
  });

  it.each([
    ['name', { name: 'Sticpay' }, 409],
    ['targetId', { targetId: 'ftg_01jt2ctt8veh48mkpcx2bdeatz' }, 409],
    ['credentialSchema', { credentialSchema: { type: 'nonsense' } }, 422],
    ['credentialSchema', { credentialSchema: { $ref: 'http://elsewhere.example/' } }, 422],
  ])('takes no connector whose %s is another’s or none', async (what, more, status) => {
    const [{ connector: whole, scripts: texts }] = builtInScripts() as [HandedIn];
    const { targetId: _, ...rest } = whole;
    const connector = { ...rest, key: 'newcomer', name: 'Newcomer', ...more };
    const answer = await admin('POST', '/script-connectors', { connector, scripts: texts });
    expect(answer.status).toBe(status);
    expect(answer.body.message).toContain(what);
  });

  it('cannot be renamed to another', async () => {
    const id = 'ftg_01jt2ctt8veh48mkpcx2bdeatz';
    const answer = await admin('PUT', `/flow-targets/${id}`, { name: 'Paymaxis' });
    expect(answer).toMatchObject({ status: 409, body: { details: { field: 'name' } } });
  });

  it('names what is wrong with a connector', async () => {
    const answer = await admin('POST', '/script-connectors', { connector: {}, scripts: {} });
    expect(answer.status).toBe(400);
    expect(answer.body.details.problems.length).toBeGreaterThan(3);
  });
});

it('is noticed by other processes when it changes', async () => {
  const other = new FlowCatalogue({ db: house.db, ports: house.context.ports, scripts });
  await other.refresh();
  const logoOf = () => other.targetOfProvider('paymaxis')?.logo;
  const before = other.seen;
  const target = other.targetOfProvider('paymaxis')!;
  await admin('PUT', `/flow-targets/${target.id}`, { logo: 'https://logo.example/p.png' });
  expect(logoOf()).toBe(target.logo);
  await other.refresh();
  expect(logoOf()).toBe('https://logo.example/p.png');
  expect(other.seen).not.toBe(before);
  const seen = other.current;
  await other.refresh();
  expect(other.current).toBe(seen); // nothing is read again while nothing changes
});

describe('versions', () => {
  it('go from draft to published and back again', async () => {
    const versions = `/flow-definitions/${await definition()}/versions`;
    const code = 'export const initiate = async () => null; // another';
    const draft = await admin('POST', versions, { code });
    expect(draft).toMatchObject({ status: 201, body: { status: 'draft', sha256: null, code } });
    const { number } = draft.body;
    expect(await admin('POST', `${versions}/${number}/publish`)).toMatchObject({
      status: 409,
      body: { code: 'version_not_validated' },
    });
    const valid = await admin('POST', `${versions}/${number}/validate`);
    const sha256 = createHash('sha256').update(code).digest('hex');
    expect(valid.body).toMatchObject({ status: 'validated', sha256 });
    expect((await admin('POST', `${versions}/${number}/publish`)).body.status).toBe('published');
    const list = await admin('GET', versions);
    expect(list.body.versions.map(({ status }: { status: string }) => status)).toEqual([
      'published',
      'retired',
    ]);
    const back = await admin('POST', `/flow-definitions/${await definition()}/rollback`, {});
    expect(back.body).toMatchObject({ number: number - 1, status: 'published' });
    expect((await admin('GET', `${versions}/${number}`)).body.status).toBe('retired');
  });

  it('say every reason why they do not pass', async () => {
    const versions = `/flow-definitions/${await definition()}/versions`;
    const settings = {
      steps: ['webhook'],
      webhook: {
        verify: 'none+sync',
        ack: { status: 200, body: 'OK', contentType: 'text/plain' },
        locate: [],
        locatePsp: [],
      },
      flowConfiguration: { NEW: ['CREATED'], CREATED: ['SUCCESS'] },
      inputSchema: { type: 'nonsense' },
    };
    const draft = await admin('POST', versions, { code: 'nothing', settings });
    const { status, body } = await admin('POST', `${versions}/${draft.body.number}/validate`);
    expect(status).toBe(422);
    expect(body.details.problems).toEqual([
      'steps must include initiate',
      'webhook.verify is none+sync, but there is no step sync',
      'flowConfiguration: CREATED may not lead to SUCCESS',
      expect.stringMatching(/^inputSchema: /),
      'it exports nothing',
    ]);
  });

  it.each([{ egress: ['https://with.scheme'] }, { steps: [] }, { webhook: null }, { unknown: 1 }])(
    'are refused settings that are none: %o',
    async (settings) => {
      const versions = `/flow-definitions/${await definition()}/versions`;
      const { status, body } = await admin('POST', versions, { code: 'x', settings });
      expect(status).toBe(400);
      expect(body.details.field).toBe('settings');
    },
  );

  it('of unknown definitions are not found', async () => {
    expect((await admin('POST', '/flow-definitions/fld_x/versions', { code: 'x' })).status).toBe(
      404,
    );
    expect((await admin('GET', '/flow-definitions/fld_x/versions/1')).status).toBe(404);
    expect((await admin('POST', '/flow-definitions/fld_x/rollback', {})).status).toBe(409);
  });

  it('are numbered one by one, however many are added at once', async () => {
    const versions = `/flow-definitions/${await definition()}/versions`;
    const add = () => admin('POST', versions, { code: 'export const initiate = 1;' });
    const made = await Promise.all([1, 2, 3, 4, 5, 6].map(add));
    const numbers = made.map(({ body }) => body.number as number).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index));
  });
});

describe('actions', () => {
  it('can be added once', async () => {
    const action = { name: 'VERIFY', steps: ['initiate'] };
    expect((await admin('POST', '/flow-actions', action)).status).toBe(201);
    expect((await admin('POST', '/flow-actions', action)).status).toBe(409);
    const { body } = await admin('GET', '/flow-actions');
    expect(body.flowActions.map(({ name }: { name: string }) => name)).toEqual([
      'VERIFY',
      'REFUND',
      'WITHDRAW',
      'DEPOSIT',
    ]);
  });
});
