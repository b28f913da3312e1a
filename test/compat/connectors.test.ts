// Connectors through Formance's own SDK: installed, listed, configured, reset and removed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesk, refusal } from './sdk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.stage.close());

const stripe = (name: string) => ({
  provider: 'Stripe' as const,
  name,
  apiKey: `sk_test_${'1'.repeat(24)}`,
});
const generic = (name: string) => ({
  provider: 'Generic' as const,
  name,
  apiKey: 'key-of-the-psp',
  endpoint: 'http://127.0.0.1:9/psp',
});
const install = async (name: string) => {
  const { v3InstallConnectorResponse: made } = await desk.sdk.payments.v3.installConnector({
    connector: 'generic',
    v3ConnectorConfig: generic(name),
  });
  return made?.data ?? '';
};
const names = async () => {
  const { v3ConnectorsCursorResponse: page } = await desk.sdk.payments.v3.listConnectors({});
  return (page?.cursor.data ?? []).map(({ name }) => name);
};

describe('connectors, v1', () => {
  it('are installed, configured, reset and uninstalled', async () => {
    const { v1 } = desk.sdk.payments;
    const { connectorResponse } = await v1.installConnector({
      connector: 'STRIPE',
      connectorConfig: stripe('shop one'),
    });
    const connectorId = connectorResponse?.data.connectorID ?? '';
    const at = { connector: 'STRIPE' as const, connectorId };
    const read = async () =>
      (await v1.readConnectorConfigV1(at)).connectorConfigResponse?.data as unknown as Record<
        string,
        unknown
      >;
    expect(await read()).toMatchObject({
      name: 'shop one',
      apiKey: '********',
      pollingPeriod: '30m',
    });
    await v1.updateConnectorConfigV1({
      ...at,
      connectorConfig: { ...stripe('shop two'), apiKey: '********', pollingPeriod: '1h' },
    });
    expect(await read()).toMatchObject({ name: 'shop two', pollingPeriod: '1h' });
    const tasks = await v1.listConnectorTasksV1(at);
    const [task] = tasks.tasksCursor?.cursor.data ?? [];
    expect(task).toMatchObject({ connectorID: connectorId, status: 'ACTIVE' });
    const { taskResponse } = await v1.getConnectorTaskV1({ ...at, taskId: task?.id ?? '' });
    expect(taskResponse?.data).toEqual(task);
    await v1.resetConnectorV1(at);
    expect(await refusal(v1.readConnectorConfigV1(at))).toEqual([
      'PaymentsErrorResponse',
      404,
      'NOT_FOUND',
    ]);
    const { connectorsResponse } = await v1.listAllConnectors();
    const again = connectorsResponse?.data.find(({ name }) => name === 'shop two');
    expect(again?.provider).toBe('STRIPE');
    await v1.uninstallConnectorV1({ connector: 'STRIPE', connectorId: again?.connectorID ?? '' });
    expect(await names()).not.toContain('shop two');
  });

  it('by a provider alone mean its only connector', async () => {
    const { v1 } = desk.sdk.payments;
    await v1.installConnector({
      connector: 'DUMMY-PAY',
      connectorConfig: { provider: 'Dummypay', name: 'dummy', directory: '/etc' },
    });
    const at = { connector: 'DUMMY-PAY' as const };
    const { connectorConfigResponse } = await v1.readConnectorConfig(at);
    expect(connectorConfigResponse?.data).toMatchObject({ directory: '/etc' });
    await v1.installConnector({
      connector: 'DUMMY-PAY',
      connectorConfig: { provider: 'Dummypay', name: 'dummy two', directory: '/etc' },
    });
    expect((await refusal(v1.readConnectorConfig(at)))[2]).toBe('VALIDATION');
    expect((await refusal(v1.readConnectorConfig({ connector: 'WISE' })))[1]).toBe(404);
  });

  it('say what can be configured', async () => {
    const { connectorsConfigsResponse: configs } =
      await desk.sdk.payments.v1.listConfigsAvailableConnectors();
    expect(configs?.data).toMatchObject({ STRIPE: { apiKey: { required: true } } });
  });
});

describe('connectors, v3', () => {
  it('of GENERIC are installed, masked, changed and removed', async () => {
    const { v3 } = desk.sdk.payments;
    const connectorID = await install('far psp');
    const read = async () =>
      (await v3.getConnectorConfig({ connectorID })).v3GetConnectorConfigResponse?.data;
    expect(await read()).toMatchObject({ ...generic('far psp'), apiKey: '********' });
    await v3.v3UpdateConnectorConfig({
      connectorID,
      v3ConnectorConfig: { ...generic('far psp'), apiKey: '********', name: 'farther' },
    });
    expect(await read()).toMatchObject({ name: 'farther' });
    const { v3ConnectorCapabilityResponse: can } = await v3.getConnectorCapabilities({
      connectorID,
    });
    expect(can?.data).toContain('CREATE_PAYOUT');
    const { v3ResetConnectorResponse } = await v3.resetConnector({ connectorID });
    expect(v3ResetConnectorResponse?.data).not.toBe(connectorID);
    const { v3UninstallConnectorResponse: removed } = await v3.uninstallConnector({
      connectorID: v3ResetConnectorResponse?.data ?? '',
    });
    const { v3GetTaskResponse } = await v3.getTask({ taskID: removed?.data.taskID ?? '' });
    expect(v3GetTaskResponse?.data.status).toBe('SUCCEEDED');
  });

  it('keep their name to themselves, also when two ask at once', async () => {
    const asked = await Promise.allSettled([install('the name'), install('the name')]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await refusal(install('the name'))).toEqual(['V3ErrorResponse', 400, 'CONFLICT']);
    expect((await names()).filter((name) => name === 'the name')).toHaveLength(1);
  });

  it('are found by name, page by page', async () => {
    const { body } = await desk.wire.get('/v3/connectors', {
      query: JSON.stringify({ $match: { name: 'the name' } }),
    });
    expect(body.cursor.data).toHaveLength(1);
    const first = await desk.wire.get('/v3/connectors', { pageSize: '1' });
    const next = await desk.wire.get('/v3/connectors', { cursor: first.body.cursor.next });
    expect(next.body.cursor.data[0].id).not.toBe(first.body.cursor.data[0].id);
  });

  it('tell every capability, once', async () => {
    const first = await desk.wire.send('GET', '/v3/connectors/capabilities');
    expect(first.body.data.generic).toContain('ALLOW_FORMANCE_PAYMENT_CREATION');
    const { v3ConnectorCapabilitiesResponse: told } =
      await desk.sdk.payments.v3.listConnectorCapabilities({});
    expect(told?.data).toEqual(first.body.data);
    const again = await desk.stage.app.inject({
      url: '/api/payments/v3/connectors/capabilities',
      headers: { ...desk.wire.authorization, 'if-none-match': '*' },
    });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
  });
});

describe('a configuration is refused', () => {
  it.each([
    ['a short name', 'generic', { ...generic('ab') }],
    ['no name', 'generic', { apiKey: 'k', endpoint: 'http://127.0.0.1:9' }],
    ['no key', 'generic', { name: 'nice', endpoint: 'http://127.0.0.1:9' }],
    ['another provider', 'generic', { ...generic('nice'), provider: 'Stripe' }],
    [
      'an address of the cloud',
      'generic',
      { ...generic('nice'), endpoint: 'https://169.254.169.254/' },
    ],
    ['a short period', 'generic', { ...generic('nice'), pollingPeriod: '5m' }],
    ['no period', 'generic', { ...generic('nice'), pollingPeriod: 'soon' }],
    ['a provider that is not here', 'wise', { name: 'nice', apiKey: 'k' }],
    ['no object', 'generic', '[]'],
  ])('with %s', async (_what, provider, body) => {
    const before = await names();
    const reply = await desk.wire.post(`/v3/connectors/install/${provider}`, body);
    expect([reply.status, typeof reply.body.errorCode]).toEqual([400, 'string']);
    expect(reply.text).not.toContain('key-of-the-psp');
    expect(await names()).toEqual(before);
  });

  it('under the name that a credential has here', async () => {
    const body = { name: 'nice', apiKey: 'sk_live_0123456789' };
    for (const config of [body, { ...body, apiKey: '' }, { name: 'nice' }]) {
      const reply = await desk.wire.post('/v3/connectors/install/stripe', config);
      expect(reply.body).toEqual({
        errorCode: 'VALIDATION',
        errorMessage: expect.stringMatching(/^apiKey /),
      });
    }
  });

  it('with too many bytes', async () => {
    const body = { ...generic('nice'), endpoint: 'x'.repeat(600_000) };
    const reply = await desk.wire.post('/v3/connectors/install/generic', body);
    expect([reply.status, reply.body.errorCode]).toEqual([413, 'MISSING_OR_INVALID_BODY']);
  });
});
