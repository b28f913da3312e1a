// A person's word on a deposit whose money is there: one word counts, and it can always be given.
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Client,
  DEPOSIT,
  type Desk,
  openDesk,
  transaction,
} from '../../../test/connxt-desk.ts';
import { findEnvironment } from '../../store/environments.ts';
import { type Decision, decideTransaction } from './decide-transaction.ts';

let desk: Desk;
let client: Client;
let psp: FastifyInstance;

beforeAll(async () => {
  psp = fastify();
  psp.post('/charge', async () => ({ ok: true }));
  const byhand = await psp.listen({ port: 0, host: '127.0.0.1' });
  desk = await openDesk({ providerUrls: { byhand } });
  client = await desk.client();
}, 60_000);
afterAll(async () => {
  await desk?.close();
  await psp?.close();
});

const yes: Decision = { approved: true, by: 'ada', note: 'fine', refundReference: null };
const no: Decision = { approved: false, by: 'bob', note: 'odd', refundReference: 'by-hand-1' };

async function decide(txnId: string, decision: Decision): Promise<string> {
  const environment = await findEnvironment(desk.stage.context.db, client.environmentId);
  const decided = decideTransaction(desk.stage.context, environment!, txnId, decision);
  return decided.then(
    ({ history }) => history.status,
    ({ code }) => code,
  );
}

describe('a deposit that waits for a person', () => {
  it.each([
    ['approved or rejected, not both, however many decide at once', [yes, no, yes, no]],
    ['rejected', [no]],
  ] as const)('is %s', async (orderId, decisions) => {
    const asked = transaction(await client.psp(), { amount: 12.08, orderId });
    const { body } = await client.send('POST', '/transactions', asked);
    await desk.visit(await desk.pay(body.data.data.data.navigation.value));
    await desk.stage.later(60_000);
    const { txnId } = body.data;
    const all = await Promise.all(decisions.map((one) => decide(txnId, one)));
    const effective = all.filter((one) => one === 'SUCCESS' || one === 'REJECTED');
    expect(effective, String(all)).toHaveLength(1);
    const { status } = (await client.send('GET', `/transactions/${txnId}`)).body.data;
    expect(status).toBe(effective[0]);
  });

  it('because its definition wants so, and not because of its amount, can be approved', async () => {
    const initiate = `export const initiate = async (ctx, sdk) => {
      await sdk.http.post('https://api.byhand.example/charge', { body: '{}' });
      return sdk.response.success({ orderId: ctx.id }, { outcome: 'SUCCEEDED' });
    };`;
    const capabilities = { partialRefund: false, direct: true, reportsAmount: false };
    const made = await client.admin('POST', '/script-connectors', {
      connector: {
        key: 'byhand',
        version: '1.0.0',
        name: 'By hand',
        logo: null,
        credentialSchema: { type: 'object', properties: {} },
        inputSchema: { currencies: ['USD'], countries: [], paymentMethods: [] },
        egress: ['api.byhand.example'],
        webhook: {
          verify: 'script',
          ack: { status: 200, body: '', contentType: 'text/plain' },
          locate: [],
          locatePsp: [],
        },
        capabilities: { ...capabilities, linkLifetimeSec: 900, abandonAfterSec: 86_400 },
        errors: {},
        actions: {
          DEPOSIT: {
            script: 'connector.js',
            steps: ['initiate'],
            inputSchema: {},
            outputSchema: {},
            flowConfiguration: {
              NEW: ['CREATED'],
              CREATED: ['INITIATED'],
              INITIATED: ['PG_SUCCESS', 'PG_REJECTED', 'FAILED'],
              PG_REJECTED: ['REJECTED'],
              PG_SUCCESS: ['PENDING_FOR_APPROVAL'],
              PENDING_FOR_APPROVAL: ['APPROVED', 'REJECTED'],
              APPROVED: ['SUCCESS'],
            },
          },
        },
      },
      scripts: { 'connector.js': initiate },
    });
    expect(made.status, made.text).toBe(201);
    const target = made.body.flowTarget.id;
    const operation = { flowActionId: DEPOSIT, flowDefinitionId: made.body.flowDefinitions[0].id };
    const opened = await client.send('POST', '/psps/external', {
      name: 'By hand',
      credential: '{}',
      flowTargetId: target,
      operations: [{ ...operation, status: 'ENABLED' }],
    });
    expect(opened.status, opened.text).toBe(200);
    const asked = transaction(opened.body.data.id, { target, orderId: 'by-hand' });
    const { body } = await client.send('POST', '/transactions', asked);
    expect(body.data.status, JSON.stringify(body)).toBe('PENDING_FOR_APPROVAL');
    expect(await decide(body.data.txnId, yes)).toBe('SUCCESS');
    expect(await decide(body.data.txnId, no)).toBe('not_pending_for_approval');
  });
});
