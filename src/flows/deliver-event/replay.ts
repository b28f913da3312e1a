// What an operator or a merchant asks of deliveries: send one again, or a range of time, cancel one, try an endpoint.

import { newId } from '../../kernel/ids.ts';
import { invalid, notFound, Problem } from '../../kernel/problem.ts';
import {
  type DeliveryPlace,
  findDelivery,
  recordTried,
  type ShownDelivery,
} from '../../store/deliveries.ts';
import { cancelDelivery, replayDelivery, replayRange } from '../../store/delivery-changes.ts';
import { type Endpoint, findEndpoint } from '../../store/endpoints.ts';
import { insertTestEvent } from '../../store/events.ts';
import type { Context, Environment } from '../context.ts';
import { reachOf } from '../endpoint/endpoint-url.ts';
import { openSecrets } from '../endpoint/secrets.ts';
import { deliveryOf, messageOf } from './message.ts';
import { signerOf } from './sign.ts';

const TEST_EVENT = 'reevit.webhook.test';
const STEP = 1_000;
const STEPS_MAX = 100;

/** By its id `evtd_…`; 404 when there is none in this environment. */
export async function mustFindDelivery(
  { db }: Context,
  environment: Environment,
  id: string,
): Promise<ShownDelivery> {
  const place = deliveryOf(id);
  const found = place && (await findDelivery(db, { environmentId: environment.id, ...place }));
  if (!found) throw notFound('Delivery');
  return found;
}

/** Sends an event to an endpoint once more, whatever became of it before. */
export async function replayOne(context: Context, delivery: DeliveryPlace): Promise<void> {
  const { db, ports } = context;
  await mustBeActive(context, delivery.environmentId, delivery.endpointId);
  await replayDelivery(db, delivery, ports.clock.nowMs());
}

export async function cancelOne({ db, ports }: Context, delivery: DeliveryPlace): Promise<void> {
  if (await cancelDelivery(db, delivery, ports.clock.nowMs())) return;
  throw new Problem(400, 'not_cancelable', 'Nothing of this delivery is left to cancel');
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly failedOnly: boolean;
}

/** Sends the events of a time range to one endpoint, also those of the time when it was disabled. Answers how many. */
export async function replayEndpoint(
  context: Context,
  environmentId: string,
  endpointId: string,
  { fromMs, toMs, failedOnly }: Range,
): Promise<{ readonly replayed: number; readonly complete: boolean }> {
  if (fromMs >= toMs) throw invalid('validation_error', 'from must be before to', 'from');
  await mustBeActive(context, environmentId, endpointId);
  const { db, ports } = context;
  const range = { environmentId, endpointId, fromMs, toMs, failedOnly };
  let replayed = 0;
  let after: bigint | null = 0n;
  for (let step = 0; after !== null && step < STEPS_MAX; step += 1) {
    const nowMs = ports.clock.nowMs();
    const done = await replayRange(db, range, { after, limit: STEP, nowMs });
    replayed += done.replayed;
    after = done.last;
  }
  return { replayed, complete: after === null };
}

async function mustBeActive({ db }: Context, environmentId: string, id: string): Promise<void> {
  const endpoint = await findEndpoint(db, environmentId, id);
  if (!endpoint) throw notFound('Endpoint');
  if (endpoint.status !== 'active')
    throw new Problem(400, 'endpoint_disabled', 'The endpoint is disabled: enable it first', {
      reason: endpoint.statusReason,
    });
}

/** Sends a test event now, once. Throws 502 when the endpoint does not take it. */
export async function testEndpoint(
  context: Context,
  environment: Environment,
  endpoint: Endpoint,
): Promise<void> {
  const { db, ports, postToMerchant } = context;
  const eventId = newId('evt', ports);
  const createdAt = ports.clock.nowMs();
  const snapshot = { message: 'A test event from Switchyard' };
  const event = { id: eventId, type: TEST_EVENT, snapshot, createdAt };
  await insertTestEvent(db, environment.id, event, endpoint.id);
  const place = { environmentId: environment.id, eventId, endpointId: endpoint.id };
  const told = {
    eventType: TEST_EVENT,
    paymentId: null,
    paymentSequence: null,
    snapshot,
    createdAt,
  };
  const delivery = { ...place, ...told, attempts: 0, round: 0 };
  const sign = signerOf(openSecrets(context, endpoint));
  const reply = await postToMerchant({
    url: endpoint.url,
    ...messageOf(context, environment, sign, delivery, createdAt),
    reach: reachOf(context, environment),
  });
  const status = reply.kind === 'replied' ? reply.status : null;
  const taken = status !== null && status >= 200 && status < 300;
  const error = reply.kind === 'replied' ? `HTTP ${reply.status}` : reply.reason;
  const nowMs = ports.clock.nowMs();
  await recordTried(db, {
    ...place,
    status: taken ? 'succeeded' : 'failed',
    responseStatus: status,
    error: taken ? '' : error,
    latencyMs: Math.max(0, nowMs - createdAt),
    nextTryAt: null,
    nowMs,
  });
  if (!taken)
    throw new Problem(502, 'webhook_failed', `The endpoint did not take the event: ${error}`);
}
