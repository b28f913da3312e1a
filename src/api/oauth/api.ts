// Where clients of the Formance API get their tokens, below /api/auth: OAuth 2.0 client credentials (RFC 6749 section
// 4.4), discovery and public keys. Answers are in OAuth's words, not in Formance's (api/formance.md section 13).
import type { Context } from '../../flows/context.ts';
import { issuerOf, TOKEN_LIFETIME_S, type Tokens } from '../../flows/oauth/tokens.ts';
import { Problem } from '../../kernel/problem.ts';
import type { App, Envelope, Surface } from '../app.ts';

const SCOPES = ['payments:read', 'payments:write'];

/** RFC 6749 section 5.2. */
const oauthEnvelope: Envelope = ({ status, code, message }) => ({
  error: OAUTH_CODES.has(code) ? code : (OF_STATUS[status] ?? 'server_error'),
  error_description: message,
});
const OAUTH_CODES = new Set(['invalid_scope', 'unsupported_grant_type']);
const OF_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_client',
  404: 'invalid_request',
  413: 'invalid_request',
  415: 'invalid_request',
};

export function oauthApi(context: Context, tokens: Tokens): Surface {
  return {
    name: 'auth',
    prefix: '/api/auth',
    title: null,
    envelope: oauthEnvelope,
    guardsBodies: true,
    routes: (app) => {
      takeForms(app);
      tokenRoute(app, tokens);
      discoveryRoutes(app, context, tokens);
    },
  };
}

function takeForms(app: App): void {
  app.addContentTypeParser<string>(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 16 * 1024 },
    (_, text, done) => done(null, Object.fromEntries(new URLSearchParams(text))),
  );
}

function tokenRoute(app: App, tokens: Tokens): void {
  app.post('/oauth/token', async (request, reply) => {
    const form = (request.body ?? {}) as Record<string, unknown>;
    const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
    if (text('grant_type') !== 'client_credentials')
      throw new Problem(400, 'unsupported_grant_type', 'grant_type must be client_credentials');
    const [clientId, secret] = basicOf(request.headers.authorization) ?? [
      text('client_id'),
      text('client_secret'),
    ];
    const asked = text('scope').split(' ').filter(Boolean);
    const { token, scopes } = await tokens.grant(clientId, secret, asked).catch((error) => {
      if (error instanceof Problem && error.status === 401)
        reply.header('www-authenticate', 'Basic realm="Switchyard"');
      throw error;
    });
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: TOKEN_LIFETIME_S,
      scope: scopes.join(' '),
    };
  });
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded before they are put together. */
function basicOf(header: string | undefined): readonly [string, string] | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,2048})$/i.exec(header ?? '') ?? [];
  const [, id, secret] =
    /^([^:]*):(.*)$/.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  if (id === undefined || secret === undefined) return null;
  const words = new URLSearchParams(`id=${id}&secret=${secret}`);
  return [words.get('id') ?? '', words.get('secret') ?? ''];
}

function discoveryRoutes(app: App, context: Context, tokens: Tokens): void {
  const discovery = () => {
    const issuer = issuerOf(context);
    return {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      jwks_uri: `${issuer}/keys`,
      grant_types_supported: ['client_credentials'],
      response_types_supported: ['token'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: SCOPES,
    };
  };
  app.get('/.well-known/openid-configuration', discovery);
  app.get('/.well-known/oauth-authorization-server', discovery);
  app.get('/keys', async () => ({ keys: await tokens.keys.publicKeys() }));
}
