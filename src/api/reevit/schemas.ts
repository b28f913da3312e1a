// Pieces that the schemas of several nouns share.
import { type Static, type TSchema, Type } from 'typebox';

/** Null means absent: Go sends it for empty lists and maps. */
export function OrNull<T extends TSchema>(schema: T) {
  return Type.Optional(Type.Unsafe<Static<T> | null>({ ...schema, nullable: true }));
}

export const AnyObject = Type.Record(Type.String(), Type.Unknown());

export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 200 }) });

/** What a customer's browser shows instead of a key. */
export const SecretQuery = Type.Object({
  client_secret: Type.Optional(Type.String({ maxLength: 512 })),
});

/** api/reevit.md section 1. The offset is bounded because it is paid for row by row. */
export const PageQuery = (limitMax: number) => ({
  limit: Type.Integer({ minimum: 1, maximum: limitMax, default: 50 }),
  offset: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
});

export const Pagination = Type.Object({
  total: Type.Integer(),
  limit: Type.Integer(),
  offset: Type.Integer(),
});

export const Time = Type.String({ format: 'date-time' });
export const TimeOrNull = Type.Union([Time, Type.Null()]);

/** RFC 3339 in UTC. */
export function time(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : time(epochMs);
}
