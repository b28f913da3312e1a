// Where PSPs and payers' browsers come back to: external/inbound/w/webhook/{token}[/{txnId}] answers the PSP,
// external/inbound/r/redirect/{token}[/{txnId}] sends the browser on. The steps are fixed by the path; the raw bytes are
// kept for the signature (connxt.md section 10).
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Context } from '../../flows/context.ts';
import { type InboundMessage, messageFrom } from '../../flows/transaction/message.ts';
import {
  type Ack,
  type Received,
  receiveCallback,
} from '../../flows/transaction/receive-callback.ts';
import { notFound, Problem } from '../../kernel/problem.ts';
import type { App } from '../app.ts';
import { success } from './envelope.ts';

const Params = Type.Object({
  token: Type.String({ maxLength: 100 }),
  txnId: Type.Optional(Type.String({ maxLength: 2_000 })),
});

const STEPS = [
  ['r', 'redirect'],
  ['w', 'webhook'],
] as const;

export function callbackRoutes(app: App, context: Context): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const [letter, step] of STEPS) {
    for (const tail of ['', '/:txnId']) {
      app.route({
        method: ['GET', 'POST'],
        url: `/${letter}/${step}/:token${tail}`,
        schema: { params: Params },
        handler: async (request, reply) => {
          const { token, txnId = null } = request.params;
          const message = messageOf(request);
          const received = await receiveCallback(context, { step, token, txnId }, message);
          return answer(context, reply, received);
        },
      });
    }
  }
}

function answer(context: Context, reply: FastifyReply, received: Received): FastifyReply {
  switch (received.kind) {
    case 'not_found':
      throw notFound('Transaction');
    case 'forged':
      return reply.code(401).send();
    case 'failed':
      throw new Problem(500, 'unread', 'The message could not be read');
    case 'ack':
      return acknowledge(context, reply, received.ack);
    case 'return': {
      const { url } = received.to;
      if (url === null) throw notFound('Transaction');
      return reply
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        .redirect(url, 302);
    }
  }
}

function acknowledge({ ports }: Context, reply: FastifyReply, ack: Ack | null): FastifyReply {
  if (ack === null) return reply.send(success(ports.clock, { received: true }));
  return reply
    .code(ack.status)
    .header('content-type', ack.contentType)
    .serializer(String)
    .send(ack.body);
}

function messageOf(request: FastifyRequest): InboundMessage {
  const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  return messageFrom({ headers, query: request.query as InboundMessage['query'], rawBody });
}
