// Connections on the wire (seeds 000 and 001, api/reevit.md sections 6 and 20). Each field's inner rules are the
// domain's; here stands what is checked before anything is looked at.
import { type Static, Type } from 'typebox';
import { completeFeeStructure } from '../../../domain/connection/fees.ts';
import type { PostedConnection } from '../../../flows/connection/read-connection.ts';
import type { ShownConnection } from '../../../flows/connection/view.ts';
import { AnyObject, OrNull, Pagination, Time, TimeOrNull, time, timeOrNull } from '../schemas.ts';

export const Status = Type.Enum(['active', 'inactive']);
export const Labels = Type.Array(Type.String(), { maxItems: 20 });

export const ConnectionBody = Type.Object({
  id: Type.Optional(Type.String({ maxLength: 128 })),
  provider: Type.String({ minLength: 1, maxLength: 64 }),
  mode: Type.Optional(Type.Enum(['sandbox', 'live'])),
  status: Type.Optional(Status),
  credentials: AnyObject,
  capabilities: OrNull(Type.Object({})),
  routing_hints: OrNull(Type.Object({})),
  labels: OrNull(Labels),
  fee_structure: OrNull(Type.Object({})),
});

export const ConnectionView = Type.Object({
  id: Type.String(),
  provider: Type.String(),
  mode: Type.String(),
  status: Type.String(),
  capabilities: Type.Object({}),
  routing_hints: Type.Object({}),
  labels: Type.Array(Type.String()),
  fee_structure: Type.Object({
    percentage: Type.Number(),
    fixed: Type.Integer(),
    per_method: Type.Object({}),
    per_currency: Type.Object({}),
  }),
  total_calls: Type.Integer(),
  successful_calls: Type.Integer(),
  failed_calls: Type.Integer(),
  total_latency_ms: Type.Integer(),
  last_success_at: TimeOrNull,
  last_failure_at: TimeOrNull,
  health_score: Type.Number(),
  health_status: Type.String(),
  last_validated_at: TimeOrNull,
  last_validation_status: Type.String(),
  last_validation_error: Type.String(),
  validation_failures: Type.Integer(),
  created_at: Time,
  updated_at: Time,
});

export const ConnectionList = Type.Object({
  connections: Type.Array(ConnectionView),
  pagination: Pagination,
});

export function postedConnection(body: Static<typeof ConnectionBody>): PostedConnection {
  return {
    id: body.id === undefined || body.id === '' ? null : body.id,
    provider: body.provider,
    mode: body.mode ?? null,
    status: body.status ?? null,
    credentials: body.credentials,
    capabilities: body.capabilities ?? null,
    routingHints: body.routing_hints ?? null,
    labels: body.labels ?? null,
    feeStructure: body.fee_structure ?? null,
  };
}

/** Counters are far below 2^53. */
export function connectionView(shown: ShownConnection): Static<typeof ConnectionView> {
  return {
    id: shown.id,
    provider: shown.provider,
    mode: shown.mode,
    status: shown.status,
    capabilities: shown.shownCapabilities,
    routing_hints: shown.routingHints,
    labels: [...shown.labels],
    fee_structure: completeFeeStructure(shown.feeStructure),
    total_calls: Number(shown.totalCalls),
    successful_calls: Number(shown.successfulCalls),
    failed_calls: Number(shown.failedCalls),
    total_latency_ms: Number(shown.totalLatencyMs),
    last_success_at: timeOrNull(shown.lastSuccessAt),
    last_failure_at: timeOrNull(shown.lastFailureAt),
    health_score: shown.health.score,
    health_status: shown.health.status,
    last_validated_at: timeOrNull(shown.lastValidatedAt),
    last_validation_status: shown.lastValidationStatus,
    last_validation_error: shown.lastValidationError,
    validation_failures: shown.validationFailures,
    created_at: time(shown.createdAt),
    updated_at: time(shown.updatedAt),
  };
}
