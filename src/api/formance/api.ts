// The Formance Payments API below /api/payments: v1 at its root, v3 below /v3. It shares the record of money with the
// other APIs and shows it as a ledger; each noun's folder registers its routes and translates, no rule lives here.
import type { Context } from '../../flows/context.ts';
import { Tokens } from '../../flows/oauth/tokens.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App, Surface } from '../app.ts';
import { requireAccessToken } from '../auth/formance-caller.ts';
import { JSON_TYPE, textOf } from '../json-body.ts';
import { oauthApi } from '../oauth/api.ts';
import { formanceEnvelope } from './envelope.ts';
import { parseExactly } from './exact-json.ts';
import { versionsSurface } from './info/routes.ts';

/** Registers the routes of one noun, v1 and v3. */
export type Noun = (app: App, context: Context) => void;

/** The API, the token endpoint that belongs to it, and what is asked for versions. */
export function formanceApi(context: Context, nouns: readonly Noun[]): Surface[] {
  const tokens = new Tokens(context);
  const api: Surface = {
    name: 'formance',
    prefix: '/api/payments',
    title: 'Switchyard: Formance-compatible API',
    envelope: formanceEnvelope,
    guardsBodies: true,
    routes: (app) => {
      takeExactJson(app);
      const refuseOthers = otherMethods(app);
      requireAccessToken(app, tokens);
      for (const noun of nouns) noun(app, context);
      refuseOthers();
    },
  };
  return [api, oauthApi(context, tokens), versionsSurface];
}

function takeExactJson(app: App): void {
  app.removeContentTypeParser(JSON_TYPE);
  app.addContentTypeParser<Buffer>(JSON_TYPE, { parseAs: 'buffer' }, (_, bytes, done) => {
    try {
      const text = textOf(bytes);
      done(null, text.trim() === '' ? {} : parseExactly(text));
    } catch (error) {
      done(error as Error);
    }
  });
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** 405 for a path that exists with another method (api/formance.md section 1). */
function otherMethods(app: App): () => void {
  const known = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, routePath }) => {
    const methods = known.get(routePath) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    known.set(routePath, methods);
  });
  return () => {
    const before = [...known]; // the routes below become known as well
    for (const [url, methods] of before) {
      const method = METHODS.filter((one) => !methods.has(one));
      app.route({
        method,
        url,
        config: { open: true },
        handler: () => {
          throw new Problem(405, 'method_not_allowed', 'Method not allowed');
        },
      });
    }
  };
}
