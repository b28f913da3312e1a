// What polls, through Formance's own SDK: a connector that is installed reads its PSP's history from the first moment, and
// shows when it did, and what came of it.

import { SDK } from '@formance/formance-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FormanceClient } from '../formance-client.ts';
import type { MadeOrganization } from '../house-server.ts';
import { type Desk, openDesk, refusal } from './sdk.ts';

const HOUR = 60 * 60_000;

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk?.stage.close());

/** With a token of its own: the time moves on by hours. */
function payments() {
  const { merchant, stage } = desk;
  const [sandbox] = (merchant.organization as MadeOrganization).environments;
  const { client_id: clientID, client_secret: clientSecret } = sandbox!.formance_client;
  const security = { clientID, clientSecret };
  return new SDK({ serverURL: stage.context.publicUrl, security }).payments;
}
const wire = () =>
  FormanceClient.of(desk.stage.app, desk.merchant.organization as MadeOrganization);

let keys = 0;
async function install(more: Record<string, string> = {}) {
  const apiKey = `sk_test_${String(++keys).padStart(24, '0')}`;
  const { v3InstallConnectorResponse } = await payments().v3.installConnector({
    connector: 'stripe',
    v3ConnectorConfig: { provider: 'Stripe', name: `shop ${keys}`, apiKey, ...more },
  });
  return { apiKey, connectorID: v3InstallConnectorResponse?.data ?? '' };
}

async function charge(apiKey: string) {
  const fields = {
    amount: '5000',
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: 'true',
    'automatic_payment_methods[enabled]': 'true',
    'automatic_payment_methods[allow_redirects]': 'never',
  };
  const reply = await fetch(`${desk.stage.pspUrl}/simulators/stripe/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: new URLSearchParams(fields),
  });
  return ((await reply.json()) as { id: string }).id;
}

const schedules = async (connectorID: string) =>
  (await payments().v3.listConnectorSchedules({ connectorID })).v3ConnectorSchedulesCursorResponse
    ?.cursor.data ?? [];
const recorded = async (connectorID: string) =>
  (
    await payments().v3.listPayments({
      query: { $match: { connector_id: connectorID } },
      pageSize: 100,
    })
  ).v3PaymentsCursorResponse?.cursor.data.map(({ reference }) => reference);
const scheduleOf = async (connectorID: string, kind: string) =>
  (await schedules(connectorID)).find(({ id }) => id.endsWith(`-${kind}`))?.id ?? '';
const instances = async (connectorID: string, scheduleID: string, more: object = {}) =>
  (await payments().v3.listConnectorScheduleInstances({ connectorID, scheduleID, ...more }))
    .v3ConnectorScheduleInstancesCursorResponse!.cursor;
async function operator(connectorID: string, payload: object) {
  const { Reference } = JSON.parse(Buffer.from(connectorID, 'base64url').toString());
  const environment = desk.merchant.organization.environments[0]!.id;
  const connection = `con_${Reference.replaceAll('-', '')}`;
  const reply = await desk.stage.app.inject({
    method: 'PUT',
    url: `/admin/v1/environments/${environment}/connections/${connection}/ingestion`,
    headers: { authorization: 'Bearer test-admin-token', 'x-actor-id': 'ama' },
    payload,
  });
  expect(reply.statusCode).toBe(200);
}

describe('a connector that is installed', () => {
  it('reads all that its PSP has, at once and then once a period', async () => {
    const { apiKey, connectorID } = await install();
    const early = await charge(apiKey);
    const old = await charge(apiKey);
    await desk.stage.work();
    expect((await recorded(connectorID))?.sort()).toEqual([early, old].sort());
    const late = await charge(apiKey);
    await desk.stage.later(29 * 60_000);
    expect(await recorded(connectorID)).not.toContain(late);
    await desk.stage.later(2 * 60_000);
    expect(await recorded(connectorID)).toContain(late);
  });

  it('has a schedule for each kind, and tells of its runs, page by page', async () => {
    const { connectorID } = await install({ pollingPeriod: '1h' });
    for (let run = 0; run < 4; run += 1) await desk.stage.later(HOUR + 60_000);
    const scheduleID = await scheduleOf(connectorID, 'payments');
    const { v3ConnectorScheduleResponse } = await payments().v3.getConnectorSchedule({
      connectorID,
      scheduleID,
    });
    expect(v3ConnectorScheduleResponse?.data).toMatchObject({ id: scheduleID, connectorID });
    const first = await instances(connectorID, scheduleID, { pageSize: 3 });
    expect(first.hasMore).toBe(true);
    const rest = await instances(connectorID, scheduleID, { cursor: first.next });
    const all = [...first.data, ...rest.data];
    expect(all).toHaveLength(4);
    expect(all.every(({ terminated, error }) => terminated && error === undefined)).toBe(true);
    const [latest, before] = all.map(({ createdAt }) => createdAt.getTime());
    expect(latest! - before!).toBeGreaterThanOrEqual(HOUR);
    expect(new Set(all.map(({ id }) => id)).size).toBe(4);
  });

  it('pauses after ten failures in a row, and goes on when it is configured', async () => {
    const { apiKey, connectorID } = await install();
    const made = await charge(apiKey);
    desk.stage.simulators.addFault('stripe', { fault: 'error_500_before' });
    for (let run = 0; run < 12; run += 1) await desk.stage.later(HOUR);
    const scheduleID = await scheduleOf(connectorID, 'payments');
    const paused = (await schedules(connectorID)).find(({ id }) => id === scheduleID);
    expect(paused?.pausedAt).toBeInstanceOf(Date);
    expect(paused?.pausedReason).not.toBe('');
    const runs = (await instances(connectorID, scheduleID, { pageSize: 100 })).data;
    expect(runs).toHaveLength(10);
    expect(runs[0]).toMatchObject({ terminated: true, error: paused?.pausedReason });
    const { v1 } = payments();
    const { tasksCursor } = await v1.listConnectorTasksV1({
      connector: 'STRIPE',
      connectorId: connectorID,
    });
    expect(tasksCursor?.cursor.data.find(({ id }) => id === scheduleID)).toMatchObject({
      status: 'STOPPED',
      error: paused?.pausedReason,
    });
    desk.stage.simulators.clearFaults();
    await payments().v3.v3UpdateConnectorConfig({
      connectorID,
      v3ConnectorConfig: { provider: 'Stripe', name: 'again', apiKey: '********' },
    });
    await desk.stage.work();
    expect(await recorded(connectorID)).toEqual([made]);
    const resumed = (await schedules(connectorID)).find(({ id }) => id === scheduleID);
    expect(resumed?.pausedAt).toBeUndefined();
  });

  it('reads nothing twice when it is reset, and nothing when it is uninstalled', async () => {
    const { apiKey, connectorID } = await install();
    const before = await charge(apiKey);
    await desk.stage.work();
    await desk.stage.later(2000);
    const { v3ResetConnectorResponse } = await payments().v3.resetConnector({ connectorID });
    const again = v3ResetConnectorResponse?.data ?? '';
    await desk.stage.later(2000);
    const after = await charge(apiKey);
    await desk.stage.later(HOUR);
    expect(await recorded(again)).toEqual([after]);
    const { v3 } = payments();
    expect(await refusal(v3.listConnectorSchedules({ connectorID }))).toEqual([
      'V3ErrorResponse',
      404,
      'NOT_FOUND',
    ]);
    await v3.uninstallConnector({ connectorID: again });
    await charge(apiKey);
    await desk.stage.later(HOUR);
    const all = await payments().v3.listPayments({ query: { $match: { reference: before } } });
    expect(all.v3PaymentsCursorResponse?.cursor.data).toHaveLength(1);
  });
});

describe('a connection that was made otherwise', () => {
  it('has no schedules until its configuration has a period', async () => {
    const { connectorID } = desk;
    expect(await schedules(connectorID)).toEqual([]);
    const { v3 } = payments();
    const name = 'of the other API';
    const change = async (body: object) =>
      (await wire()).send('PATCH', `/v3/connectors/${connectorID}/config`, body);
    expect((await change({ provider: 'Stripe', name })).status).toBe(204);
    expect(await schedules(connectorID)).toEqual([]);
    expect((await change({ provider: 'Stripe', name, pollingPeriod: '45m' })).status).toBe(204);
    expect(await schedules(connectorID)).not.toEqual([]);
    const read = async () =>
      (await v3.getConnectorConfig({ connectorID })).v3GetConnectorConfigResponse?.data;
    expect(await read()).toMatchObject({ pollingPeriod: '45m' });
    await operator(connectorID, { period_s: 600 });
    expect(await read()).toMatchObject({ pollingPeriod: '600s' });
    await operator(connectorID, { period_s: null });
    expect(await schedules(connectorID)).toEqual([]);
  });
});

describe('a schedule', () => {
  it('of nothing, or of another, is not found', async () => {
    const [one, other] = [await install(), await install()];
    const { v3, v1 } = payments();
    const scheduleID = await scheduleOf(other.connectorID, 'payments');
    const gone = ['V3ErrorResponse', 404, 'NOT_FOUND'];
    for (const id of ['none', scheduleID]) {
      const at = { connectorID: one.connectorID, scheduleID: id };
      expect(await refusal(v3.getConnectorSchedule(at))).toEqual(gone);
      expect(await refusal(v3.listConnectorScheduleInstances(at))).toEqual(gone);
    }
    const task = { connector: 'STRIPE' as const, connectorId: one.connectorID, taskId: scheduleID };
    expect((await refusal(v1.getConnectorTaskV1(task)))[1]).toBe(404);
  });
});

describe('capabilities', () => {
  it('name what the history lists', async () => {
    const { body } = await (await wire()).get('/v3/connectors/capabilities');
    for (const provider of ['stripe', 'paystack'])
      expect(body.data[provider]).toContain('FETCH_PAYMENTS');
    expect(body.data.mpesa).not.toContain('FETCH_PAYMENTS');
  });
});
