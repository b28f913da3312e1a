// Where PSPs send their webhooks: /v1/webhooks/incoming/{provider}, the same with a connection's id or token behind
// it, and /webhooks/{provider} (the URL that Reevit's guides tell merchants to enter). PSPs that take an address per
// request are given /wh/{word}/{callback} (connectors/callback.ts). The raw bytes are what is verified and stored;
// nothing is parsed here. 200 means stored.
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import {
  acknowledgementOf,
  providerOfWord,
  type Receipt,
  receiveWebhook,
} from '../../flows/receive-webhook/receive.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App, Surface } from '../app.ts';
import { flatEnvelope } from '../flat-envelope.ts';

const Params = Type.Object({
  provider: Type.String({ maxLength: 64 }),
  address: Type.Optional(Type.String({ maxLength: 200 })),
});

const CallbackParams = Type.Object({
  word: Type.String({ maxLength: 64 }),
  callback: Type.String({ maxLength: 200 }),
});

export function incomingWebhooks(context: Context): Surface[] {
  const surface = (prefix: string, register: (app: App, context: Context) => void): Surface => ({
    name: 'webhooks',
    prefix,
    envelope: flatEnvelope,
    title: null,
    guardsBodies: false,
    routes: (app) => {
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      );
      register(app, context);
    },
  });
  return [
    surface('/v1/webhooks/incoming', routes),
    surface('/webhooks', routes),
    surface('/wh', callbackRoutes),
  ];
}

function callbackRoutes(app: App, context: Context): void {
  app.post('/:word/:callback', { schema: { params: CallbackParams } }, async (request, reply) => {
    const { word, callback } = request.params;
    const provider = providerOfWord(word.toLowerCase());
    const { query, ...message } = messageOf(request);
    const told = { ...message, query: { ...query, callback } };
    refuse(await receiveWebhook(context, provider, null, told));
    return reply.code(200).send(acknowledgementOf(provider));
  });
}

function routes(app: App, context: Context): void {
  for (const path of ['/:provider', '/:provider/:address']) {
    app.post(path, { schema: { params: Params } }, async (request, reply) => {
      const { provider, address = null } = request.params;
      refuse(await receiveWebhook(context, provider.toLowerCase(), address, messageOf(request)));
      return reply.code(200).send(acknowledgementOf(provider.toLowerCase()));
    });
  }
}

function messageOf(request: FastifyRequest) {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  return { headers: flat(request.headers), query: flat(request.query), rawBody };
}

function refuse(receipt: Receipt): void {
  switch (receipt) {
    case 'accepted':
      return;
    case 'forged':
      throw new Problem(400, 'invalid_signature', 'The signature does not match');
    case 'unreadable':
      throw new Problem(400, 'invalid_payload', 'The body is not a webhook of this provider');
    case 'full':
      throw new Problem(503, 'inbox_full', 'Too many messages without an owner', {}, 60);
    case 'unknown_provider':
      throw new Problem(404, 'not_found', 'Unknown provider');
  }
}

function flat(values: unknown): Record<string, string> {
  if (typeof values !== 'object' || values === null) return {};
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
  );
}
