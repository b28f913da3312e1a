// The pool that a path names.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../../flows/context.ts';
import { mustFindPool } from '../../../flows/pool/create.ts';
import type { Pool } from '../../../store/pools.ts';
import { callerOf } from '../../auth/reevit-caller.ts';
import { uuidIn } from '../read-body.ts';

export const poolSchema = {
  params: Type.Object({
    poolID: Type.String({ maxLength: 100 }),
    accountID: Type.Optional(Type.String({ maxLength: 8_000 })),
  }),
};

export function poolOf(context: Context, request: FastifyRequest): Promise<Pool> {
  return mustFindPool(context, callerOf(request).environment, poolIdOf(request));
}

export function poolIdOf(request: FastifyRequest): string {
  const { poolID } = request.params as { readonly poolID: string };
  return uuidIn(poolID, 'Pool ID');
}
