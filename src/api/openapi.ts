// The OpenAPI document of one API, made from its routes' schemas as they are registered: it cannot disagree with them.
import type { RouteOptions } from 'fastify';
import type { App } from './app.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly openapi: '3.0.3';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Record<string, Record<string, object>>;
}

export function openApiOf(title: string, version = '1'): OpenApi {
  return { openapi: '3.0.3', info: { title, version }, paths: {} };
}

/** Made by the server itself, for every route. */
const UNDESCRIBED = new Set(['HEAD', 'OPTIONS']);

/** To be called before the routes are registered. */
export function describeRoutes(app: App, document: OpenApi): void {
  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat().filter((method) => !UNDESCRIBED.has(method));
    if (!route.schema) return;
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    for (const method of methods) {
      document.paths[path] ??= {};
      document.paths[path][method.toLowerCase()] = operationOf(route);
    }
  });
}

function operationOf({ schema = {}, config = {} }: RouteOptions): object {
  const { summary, body, params, querystring, response } = schema as Record<string, unknown>;
  return {
    ...(summary ? { summary } : {}),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(querystring, 'query')],
    ...(body ? { requestBody: { required: true, content: jsonOf(body) } } : {}),
    responses: Object.fromEntries(
      Object.entries((response ?? {}) as Record<string, Schema>).map(([status, answer]) => [
        status,
        {
          description: String(answer.description ?? `HTTP ${status}`),
          ...(answer.type === 'null' ? {} : { content: jsonOf(answer) }),
        },
      ]),
    ),
    ...(config.scopes ? { 'x-scopes': config.scopes } : {}),
  };
}

function parametersOf(schema: unknown, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }));
}

function jsonOf(schema: unknown): object {
  return { 'application/json': { schema } };
}
