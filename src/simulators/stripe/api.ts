// The pipeline of every API call: key, version, form, idempotency, parameters, rule, answer. The endpoints only say
// what parameters they take and what they do; nothing else touches a request.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { faultMs, faultNamed } from '../faults.ts';
import { pathBelow } from '../frame.ts';
import { type Parts, PspError } from '../simulator.ts';
import { Account, accountOfObject, isLive, PINNED_VERSION } from './account.ts';
import { authenticate, type Caller, secretKeyRequired } from './auth.ts';
import { errorEnvelope, invalidRequest, noSuch, StripeError } from './errors.ts';
import { checkExpansions, expandAll } from './expand.ts';
import { type Form, parseForm } from './form.ts';
import { fingerprintOf, IdempotencyStore } from './idempotency.ts';
import type { StripeObject, Wishes } from './objects.ts';
import { list, type Read, type Rule, read, type Shape, text } from './params.ts';
import { wireNow } from './wire.ts';

type Rules = Readonly<Record<string, Rule<unknown>>>;
type Json = Record<string, unknown>;
type Handler<R extends Rules, O extends Rules> = (
  account: Account,
  params: Read<R, O>,
  id: string,
) => StripeObject | Json;

interface Options {
  /** Stripe.js may call it with a publishable key and the intent's client_secret; shows what it then sees. */
  readonly clientView?: (body: Json) => Json;
}

/** Sent by Stripe.js beside the parameters of the call. */
const CLIENT_ONLY = ['key', 'client_secret', 'client_attribution_metadata', 'payment_user_agent'];

/** A form as it arrived; parsed when it is first needed, so that a bad one is answered and not thrown at the parser. */
export class FormBody {
  readonly text: string;
  #form: Form | null = null;

  constructor(text: string) {
    this.text = text;
  }

  get form(): Form {
    this.#form ??= parseForm(this.text);
    return this.#form;
  }
}

/** An idempotency key that was taken, and what for. */
interface Mark {
  readonly account: string;
  readonly key: string;
  readonly path: string;
  readonly fingerprint: string;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
}

export class Api {
  readonly #app: FastifyInstance;
  readonly #parts: Parts;
  readonly #store: IdempotencyStore;
  /** The idempotency key that a request holds until its answer is out. */
  readonly #held = new WeakMap<FastifyRequest, Mark>();

  constructor(app: FastifyInstance, parts: Parts) {
    this.#app = app;
    this.#parts = parts;
    this.#store = new IdempotencyStore(parts);
    app.addHook('onSend', async (request, reply, payload) => {
      const mark = this.#held.get(request);
      if (mark && reply.statusCode === 500 && typeof payload === 'string')
        this.#store.spoil(mark.account, mark.key, payload);
      return payload;
    });
  }

  get<R extends Rules, O extends Rules>(
    path: string,
    shape: Shape<R, O>,
    handler: Handler<R, O>,
    options: Options = {},
  ): void {
    this.#app.get(path, (request, reply) => this.#run(request, reply, shape, handler, options));
  }

  post<R extends Rules, O extends Rules>(
    path: string,
    shape: Shape<R, O>,
    handler: Handler<R, O>,
    options: Options = {},
  ): void {
    this.#app.post(path, (request, reply) => this.#run(request, reply, shape, handler, options));
  }

  delete<R extends Rules, O extends Rules>(
    path: string,
    shape: Shape<R, O>,
    handler: Handler<R, O>,
  ): void {
    this.#app.delete(path, (request, reply) => this.#run(request, reply, shape, handler, {}));
  }

  #run<R extends Rules, O extends Rules>(
    request: FastifyRequest,
    reply: FastifyReply,
    shape: Shape<R, O>,
    handler: Handler<R, O>,
    { clientView }: Options,
  ): FastifyReply {
    const requestId = `req_${this.#parts.ports.random.bytes(10).toString('hex').slice(0, 14)}`;
    reply.header('request-id', requestId);
    const id = (request.params as { id?: string }).id ?? '';
    const carryOut = () => {
      const form = { ...formOf(request) };
      const caller = authenticate(request.headers.authorization, form.key);
      const version = echoVersion(request, reply);
      if (caller.publishable && !clientView) throw secretKeyRequired();
      const idempotencyKey = idempotencyKeyOf(request);
      const marks = { id: requestId, idempotencyKey, version };
      const wishes = wishesOf(this.#parts, request);
      const account = caller.publishable
        ? clientAccount(this.#parts, caller, id, form.client_secret, wishes)
        : new Account(this.#parts, caller.key, marks, wishes);
      if (idempotencyKey !== null) {
        const saved = this.#claim(request, reply, account, idempotencyKey, form);
        if (saved) return saved;
      }
      if (caller.publishable) for (const name of CLIENT_ONLY) delete form[name];
      const paths = form.expand === undefined ? [] : list(text(200), 20)(form.expand, 'expand');
      delete form.expand;
      checkExpansions(pathBelow(request, 'stripe'), paths);
      const result = handler(account, read(shape, form), id);
      const body = isRecord(result) ? wireNow(account, result) : result;
      if (caller.publishable && clientView) return { status: 200, body: clientView(body) };
      expandAll(account, body, paths);
      return { status: 200, body };
    };
    // The objects and the answer under their key: after a crash both are there or neither is.
    return this.#parts.books.atomically(() => this.#answer(request, reply, requestId, carryOut));
  }

  /** Takes the key, or finds its answer. From here on the request's own answer is saved, unless it was only validated. */
  #claim(
    request: FastifyRequest,
    reply: FastifyReply,
    account: Account,
    key: string,
    form: Form,
  ): Answer | null {
    const path = pathBelow(request, 'stripe');
    const fingerprint = fingerprintOf(request.method, form);
    const saved = this.#store.claim(account.key, key, path, fingerprint);
    reply.header('idempotency-key', key);
    if (saved) {
      reply.header('idempotent-replayed', 'true').header('original-request', saved.requestId);
      return saved;
    }
    this.#held.set(request, { account: account.key, key, path, fingerprint });
    const release = () => this.#store.release(account.key, key);
    reply.raw.once('finish', release).once('close', release);
    return null;
  }

  #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    requestId: string,
    work: () => Answer,
  ): FastifyReply {
    let answer: Answer;
    let executed = true;
    try {
      answer = work();
    } catch (error) {
      if (!(error instanceof StripeError)) throw error;
      executed = error.executed;
      reply.headers(error.headers);
      answer = { status: error.status, body: errorEnvelope(error.body) };
    }
    const { status, body } = answer;
    const textBody = typeof body === 'string' ? body : JSON.stringify(body);
    const mark = this.#held.get(request);
    if (mark && executed) {
      const { account, key, path, fingerprint } = mark;
      const saved = { path, fingerprint, status, body: textBody, requestId };
      this.#store.save(account, key, saved);
    }
    return reply.code(status).type('application/json').send(textBody);
  }
}

/** Body and query together: Stripe takes parameters of a POST from either. */
function formOf(request: FastifyRequest): Form {
  const query = request.url.split('?').slice(1).join('?');
  const { body } = request;
  if (body === undefined || body === null || body === '')
    return query === '' ? {} : parseForm(query);
  if (!(body instanceof FormBody)) {
    throw invalidRequest(
      'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.',
    );
  }
  return query === '' ? body.form : parseForm(`${query}&${body.text}`);
}

function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || typeof key !== 'string' || key === '') return null;
  if (key.length <= 255) return key;
  throw new StripeError(400, {
    type: 'idempotency_error',
    message: 'Idempotency keys can be at most 255 characters long.',
  });
}

function echoVersion(request: FastifyRequest, reply: FastifyReply): string {
  const version = request.headers['stripe-version'] ?? PINNED_VERSION;
  if (
    typeof version !== 'string' ||
    !/^20\d\d-\d\d-\d\d(?:\.[a-z_]{1,30})?(?:; ?[a-z0-9_=; ]*)?$/.test(version)
  ) {
    throw invalidRequest(`Invalid Stripe API version: ${String(version).slice(0, 50)}`);
  }
  reply.header('stripe-version', version);
  const connected = request.headers['stripe-account'];
  if (typeof connected !== 'string') return version;
  if (!/^acct_[A-Za-z0-9]+$/.test(connected)) {
    throw new StripeError(403, {
      type: 'invalid_request_error',
      code: 'account_invalid',
      message: `The provided key does not have access to account '${connected.slice(0, 50)}' (or that account does not exist). Application access may have been revoked.`,
    });
  }
  reply.header('stripe-account', connected);
  return version;
}

export function wishesOf(parts: Parts, request: FastifyRequest): Wishes {
  const faults = parts.faultsOf(request);
  const decline = faultNamed(faults, 'decline');
  const late = faultNamed(faults, 'late_success');
  return {
    decline: decline ? (decline.argument ?? 'generic_decline') : null,
    lateMs: late ? faultMs(late, 2_000) : null,
    dispute: faultNamed(faults, 'dispute') !== undefined,
  };
}

/** A browser's account is that of the intent whose secret it shows; a wrong secret and no intent look the same. */
function clientAccount(
  parts: Parts,
  caller: Caller,
  intentId: string,
  clientSecret: unknown,
  wishes: Wishes,
): Account {
  const account = accountOfObject(parts, intentId, wishes);
  const intent = account?.intents.get(intentId);
  if (!account || !intent || account.livemode !== isLive(caller.key))
    throw noSuch('payment_intent', intentId, 'intent');
  if (clientSecret === undefined) throw secretKeyRequired();
  if (clientSecret !== intent.client_secret) {
    throw invalidRequest(
      'The client_secret provided does not match any associated PaymentIntent on this account. Ensure the publishable key used belongs to the same account that created the PaymentIntent.',
      'client_secret',
      'payment_intent_invalid_parameter',
    );
  }
  return account;
}

function isRecord(result: StripeObject | Json): result is StripeObject {
  return 'sim' in result;
}

/** The frame's own refusals, in Stripe's words. */
export function refusalOf(kind: string, message: string): PspError {
  const [status, body, headers = {}] = REFUSALS[kind] ?? REFUSALS.internal!;
  const error = { ...body, message: body.message.replace('%', message) };
  return new PspError(status, errorEnvelope(error), headers);
}

const REFUSALS: Readonly<
  Record<string, [number, Parameters<typeof errorEnvelope>[0], Record<string, string>?]>
> = {
  bad_body: [400, { type: 'invalid_request_error', message: 'Invalid request: %.' }],
  not_found: [
    404,
    {
      type: 'invalid_request_error',
      message:
        'Unrecognized request URL (%). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.',
    },
  ],
  internal: [
    500,
    {
      type: 'api_error',
      message:
        'An unknown error occurred. If you have any questions, we can help at https://support.stripe.com/.',
    },
  ],
  rate_limited: [
    429,
    { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' },
    { 'stripe-should-retry': 'true' },
  ],
  unavailable: [
    503,
    { type: 'api_error', message: 'Stripe is temporarily unavailable. Please try again.' },
    { 'stripe-should-retry': 'true' },
  ],
};
