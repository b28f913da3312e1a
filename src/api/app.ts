// The words that every API shares: the server instance, what a route says about itself, and an API as a plugin.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Caller } from '../flows/context.ts';
import type { Problem } from '../kernel/problem.ts';
import type { Place } from './places.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A problem in the words of one API: an object for JSON, or a text that is sent as it is. */
export type Envelope = (problem: Problem) => unknown;

/** One API, mounted below its prefix, with hooks, parsers and error answers of its own. */
export interface Surface {
  /** `reevit`: names the API in metrics, and its OpenAPI document `/openapi/reevit.json`. */
  readonly name: string;
  readonly prefix: string;
  readonly envelope: Envelope;
  /** Shown in the OpenAPI document; null: there is none (pages, webhooks, simulators). */
  readonly title: string | null;
  /**
   * Whether bodies are looked through for card numbers and for text that Postgres cannot hold. True for every API;
   * false only where the raw bytes are kept (inbound webhooks) or belong to somebody else (simulators).
   */
  readonly guardsBodies: boolean;
  /** Routes are given to `app` without the prefix. */
  readonly routes: (app: App) => void | Promise<void>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Any one of these scopes of a key lets a request in. */
    scopes?: readonly string[];
    /** True for a route that needs no key. */
    open?: boolean;
    /** The payment's client secret in the query is enough, instead of a key; the route checks it. */
    orClientSecret?: boolean;
    /** Codes for a top-level field of the body that is absent or empty, instead of `missing_required_field`. */
    missingCodes?: Readonly<Record<string, string>>;
    /** Codes for a top-level field of the body that is wrong, instead of `validation_error`. */
    invalidCodes?: Readonly<Record<string, string>>;
  }
  interface FastifySchema {
    /** One line for the OpenAPI document. */
    summary?: string;
  }
  interface FastifyRequest {
    caller: Caller | null;
    /** Among the requests that are answered at once; null: it needs none. */
    place: Place | null;
  }
  interface FastifyInstance {
    envelope: Envelope;
  }
}
