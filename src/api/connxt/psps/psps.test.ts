import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  DEPOSIT,
  type Desk,
  openDesk,
  PAYMAXIS,
  REFUND,
  STICPAY,
  transaction,
  WITHDRAW,
} from '../../../../test/connxt-desk.ts';

let desk: Desk;
let client: Client;
let definitions: Record<string, string>;

beforeAll(async () => {
  desk = await openDesk();
  client = await desk.client();
  definitions = await client.definitionsOf(PAYMAXIS);
}, 60_000);
afterAll(() => desk?.close());

let made = 0;
function body(more: object = {}) {
  made += 1;
  return {
    name: `Shop ${made}`,
    credential: JSON.stringify({ apiKey: 'a_secret_api_key' }),
    flowTargetId: PAYMAXIS,
    operations: [
      { flowActionId: DEPOSIT, flowDefinitionId: definitions[DEPOSIT], status: 'ENABLED' },
    ],
    ...more,
  };
}
const post = (json: unknown) => client.send('POST', '/psps/external', json);

describe('the definitions', () => {
  it('are of every target, scripts and built-in connectors alike, newest action first', async () => {
    const answer = await client.send('GET', '/flow-types/definitions?type=psp');
    const { data } = answer.body;
    expect(data.name).toBe('PSP');
    const names = data.targets.map(({ name }: { name: string }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(['Paymaxis', 'Paystack', 'Sticpay', 'Stripe']));
    for (const target of data.targets)
      expect(target.actions.map(({ id }: { id: string }) => id)).toEqual([
        REFUND,
        WITHDRAW,
        DEPOSIT,
      ]);
    expect(answer.text).not.toContain('export async function');
  });

  it('carry an ETag, which is the same for all', async () => {
    const way = '/flow-types/definitions?type=PSP&type=other';
    const first = await client.send('GET', way);
    const etag = String(first.headers.etag);
    const again = await client.send('GET', way, undefined, { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    const other = await (await desk.client('Other')).send('GET', way);
    expect(other.headers.etag).toBe(etag);
  });
});

describe('a PSP', () => {
  it('is read, listed, changed, closed and opened', async () => {
    const { body: created } = await post(
      body({ description: 'first', logo: 'https://x.example/l.png' }),
    );
    const { id } = created.data;
    expect(id).toMatch(/^psp_[0-9A-Za-z]{26}$/);
    expect((await client.send('GET', `/psps/${id}`)).body.data).toEqual(created.data);
    const list = await client.send('GET', '/psps?size=1');
    expect(list.body.data).toHaveLength(1);
    expect(list.body.metadata.pagination).toMatchObject({ page: 0, size: 1, hasPrevious: false });
    const { credential: _credential, flowTargetId: _target, ...rest } = body();
    const replaced = await client.send('PUT', `/psps/${id}`, { ...rest, name: 'Renamed' });
    expect(replaced.body.data).toMatchObject({
      id,
      name: 'Renamed',
      description: null,
      logo: null,
    });
    const closed = await client.send('PUT', `/psps/${id}/DISABLED`);
    expect(closed.body.data.status).toBe('DISABLED');
    expect((await client.send('POST', '/transactions', transaction(id))).status).toBe(404);
    expect((await client.send('PUT', `/psps/${id}/ENABLED`)).body.data.status).toBe('ENABLED');
    expect((await client.send('PUT', `/psps/${id}/ON`)).status).toBe(400);
    expect((await client.send('POST', '/transactions', transaction(id))).status).toBe(200);
  });

  it('takes a credential that is an object, and keeps what is no text as JSON', async () => {
    expect((await post(body({ credential: { apiKey: 'a_secret_api_key' } }))).status).toBe(200);
  });

  it('is one of two that are made at once under one name', async () => {
    const json = body({ name: 'Race' });
    const answers = await Promise.all([post(json), post(json), post(json)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const taken = answers.find(({ status }) => status === 409)!;
    expect(taken.body).toMatchObject({
      code: '4005',
      message: 'PSP with same name already exists',
    });
    expect(taken.body.errors[0].existingId).toMatch(/^psp_/);
    const renamed = await post(body());
    const { credential: _c, flowTargetId: _t, ...rest } = body({ name: 'Race' });
    expect((await client.send('PUT', `/psps/${renamed.body.data.id}`, rest)).status).toBe(409);
  });

  it('tells what is wrong with its credential by place, and never by value', async () => {
    const {
      status,
      body: answer,
      text,
    } = await post(body({ credential: JSON.stringify({ signingKey: 'do not tell anybody' }) }));
    expect(status).toBe(400);
    expect(answer.errors[0]).toMatchObject({
      field: 'credential',
      message: 'Credential does not match credentialSchema',
    });
    expect(answer.errors[1]).toMatchObject({ field: 'credential.apiKey' });
    expect(text).not.toContain('do not tell');
    expect(desk.stage.logLines.join('')).not.toContain('do not tell');
  });

  it('is refused a credential that nobody could write again', async () => {
    const credential = `{"apiKey":"key_1","more":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    const { status, body: answer } = await post(body({ credential }));
    expect([status, answer.errors[0].field]).toEqual([400, 'credential']);
  });

  it('lists every problem of its shape at once, in the documented words', async () => {
    const { body: answer } = await post({ operations: [{ flowActionId: DEPOSIT }] });
    expect(answer.errors.map(({ message }: { message: string }) => message).sort()).toEqual([
      'Credential is required',
      'Flow definition ID is required',
      'Flow target ID is required',
      'Name is required',
      'Status is required',
    ]);
  });

  it.each([
    ['a blank name', { name: '  ' }],
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a description of 501 characters', { description: 'x'.repeat(501) }],
    ['a logo in clear', { logo: 'http://x.example/l.png' }],
    ['a logo that is a script', { logo: 'javascript:alert(1)' }],
    ['no operations', { operations: [] }],
  ])('is refused with %s', async (_what, more) => {
    expect((await post(body(more))).status).toBe(400);
  });

  it('is refused an action twice', async () => {
    const operation = {
      flowActionId: DEPOSIT,
      flowDefinitionId: definitions[DEPOSIT],
      status: 'ENABLED',
    };
    const { body: answer } = await post(body({ operations: [operation, operation] }));
    expect(answer.errors).toMatchObject([
      { field: 'operations[1].flowActionId', code: 'duplicate' },
    ]);
  });

  it('at a target that an operator closed is refused', async () => {
    await client.admin('PUT', `/flow-targets/${STICPAY}`, { status: 'DISABLED' });
    const credential = JSON.stringify({ merchantEmail: 'a@b.example', apiKey: 'key_123456' });
    const own = await client.definitionsOf(STICPAY);
    const { status, body: answer } = await post(
      body({
        flowTargetId: STICPAY,
        credential,
        operations: [{ flowActionId: DEPOSIT, flowDefinitionId: own[DEPOSIT], status: 'ENABLED' }],
      }),
    );
    expect([status, answer.errors[0].field]).toEqual([400, 'flowTargetId']);
    await client.admin('PUT', `/flow-targets/${STICPAY}`, { status: 'ENABLED' });
  });
});

describe('the API', () => {
  it.each([
    ['no secret', {}],
    ['a list of secrets', { 'x-secret-token': 'sec_a, sec_b' }],
    ['a secret of 200 characters', { 'x-secret-token': `sec_${'a'.repeat(200)}` }],
  ])('lets nobody in with %s, not even to what does not exist', async (_what, headers) => {
    for (const url of ['/connxt/v2/psps', '/connxt/v2/nothing']) {
      const reply = await desk.stage.app.inject({ method: 'GET', url, headers });
      expect(reply.statusCode).toBe(401);
      expect(reply.json()).toMatchObject({
        code: '4002',
        message: 'Authentication required',
        errors: [],
      });
    }
  });

  it('answers what does not exist, and what cannot be read, in its envelope', async () => {
    const secret = { 'x-secret-token': client.organization.environments[0]!.connxt_secret_token };
    const send = (method: 'GET' | 'POST' | 'DELETE', url: string, more: object = {}) =>
      desk.stage.app.inject({ method, url: `/connxt/v2${url}`, headers: { ...secret, ...more } });
    expect((await send('GET', '/nothing')).json()).toMatchObject({ code: '4004', errors: [] });
    const type = { 'content-type': 'text/plain' };
    expect((await send('POST', '/transactions', type)).json().code).toBe('4001');
    const wrongMethod = await send('DELETE', '/psps/external');
    expect([wrongMethod.statusCode, wrongMethod.json().code]).toEqual([405, '4001']);
    expect(wrongMethod.headers.allow).toBe('POST');
  });

  it('echoes a correlation id, or makes one', async () => {
    const id = 'trace me 1';
    const echoed = await client.send('GET', '/psps', undefined, { 'x-correlation-id': id });
    expect(echoed.headers['x-correlation-id']).toBe(id);
    const made = await client.send('GET', '/psps', undefined, {
      'x-correlation-id': 'ü'.repeat(3),
    });
    expect(made.headers['x-correlation-id']).toMatch(/^req_/);
  });

  it('has its OpenAPI document', async () => {
    const document = (await desk.stage.app.inject('/openapi/connxt.json')).json();
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/connxt/v2/flow-types/definitions',
        '/connxt/v2/psps/external',
        '/connxt/v2/transactions',
      ]),
    );
  });
});
