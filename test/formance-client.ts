// For tests: a client of the Formance API in this process, with a token of its own.
import type { InjectOptions } from 'fastify';
import type { App } from '../src/api/app.ts';
import type { MadeOrganization } from './house-server.ts';

export interface FormanceReply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the API answered
  readonly body: any;
}

export class FormanceClient {
  readonly #app: App;
  readonly #token: string;

  private constructor(app: App, token: string) {
    this.#app = app;
    this.#token = token;
  }

  static async of(
    app: App,
    organization: Pick<MadeOrganization, 'environments'>,
    {
      mode = 'sandbox',
      scope = '',
    }: { readonly mode?: 'sandbox' | 'live'; readonly scope?: string } = {},
  ): Promise<FormanceClient> {
    const environment = organization.environments.find((one) => one.mode === mode);
    if (!environment) throw new Error(`no ${mode} environment`);
    const form = { grant_type: 'client_credentials', ...environment.formance_client, scope };
    const reply = await app.inject({
      method: 'POST',
      url: '/api/auth/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    });
    if (reply.statusCode !== 200) throw new Error(`no token: ${reply.body}`);
    return new FormanceClient(app, reply.json().access_token);
  }

  /** For requests that need headers of their own. */
  get authorization(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.#token}` };
  }

  get = (path: string, query?: Record<string, string>) => this.send('GET', path, undefined, query);
  post = (path: string, body: unknown) => this.send('POST', path, body);
  patch = (path: string, body: unknown) => this.send('PATCH', path, body);

  /** Below /api/payments. A body that is a text is sent as it is. */
  async send(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    query: Record<string, string> = {},
  ): Promise<FormanceReply> {
    const options: InjectOptions = {
      method,
      url: `/api/payments${path}`,
      query,
      headers: {
        ...this.authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    };
    if (body !== undefined)
      options.payload = typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await this.#app.inject(options);
    return {
      status: reply.statusCode,
      type: String(reply.headers['content-type'] ?? ''),
      text: reply.body,
      body: reply.headers['content-type']?.toString().includes('json') ? reply.json() : undefined,
    };
  }
}
