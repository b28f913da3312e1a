// The Reevit API below /v1: its nouns, and what they share. Each noun's folder registers its routes and translates;
// no rule about money lives here.
import cors from '@fastify/cors';
import type { Context } from '../../flows/context.ts';
import type { App, Surface } from '../app.ts';
import { requireReevitKey } from '../auth/reevit-caller.ts';
import { flatEnvelope } from '../flat-envelope.ts';

/** Registers the routes of one noun. */
export type Noun = (app: App, context: Context) => void;

/**
 * Checkout widgets call from the shop's pages (api/reevit.md section 1). Any origin: what a caller may do is decided
 * by its key, no cookie is ever read, and a key that only a browser holds can start a payment and nothing else.
 */
const CROSS_ORIGIN = {
  origin: '*',
  methods: ['GET', 'POST', 'PATCH', 'DELETE'],
  allowedHeaders: [
    'Content-Type',
    'X-Reevit-Key',
    'X-Reevit-Client',
    'X-Reevit-Client-Version',
    'X-Reevit-Mode',
    'X-Org-Id',
    'Idempotency-Key',
    'x-reevit-public-key',
  ],
  exposedHeaders: [
    'x-request-id',
    'Retry-After',
    'Idempotent-Replayed',
    'X-RateLimit-Limit',
    'X-RateLimit-Remaining',
    'X-RateLimit-Reset',
  ],
  maxAge: 600,
  // What is no preflight is answered as one too, and not with an error in words that no client of ours reads.
  strictPreflight: false,
};

export function reevitApi(context: Context, nouns: readonly Noun[]): Surface {
  return {
    name: 'reevit',
    prefix: '/v1',
    title: 'Switchyard: Reevit-compatible API',
    envelope: flatEnvelope,
    guardsBodies: true,
    routes: async (app) => {
      await app.register(cors, CROSS_ORIGIN);
      requireReevitKey(app, context);
      for (const noun of nouns) noun(app, context);
    },
  };
}
