// Inside the sandbox: what a script imports as `switchyard:sdk`: a step as two pure functions, one that builds the
// request and one that reads the answer (connector-contract.md 2.4).
import type { StepContext, StepResult } from '../contract.ts';
import type { Handler, HttpAnswer, HttpOptions } from '../sdk.ts';

interface Exchange {
  request(ctx: StepContext): HttpOptions & {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly url: string;
  };
  response(ctx: StepContext, reply: HttpAnswer): StepResult | Promise<StepResult>;
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

/** `response` is only asked when the PSP replied; else the host decides from what left. */
export function exchange({ request, response }: Exchange): Handler {
  return async (ctx, sdk) => {
    const { method, url, ...options } = request(ctx);
    const reply = await sdk.http[METHODS[method]](url, options);
    if (reply.sent !== 'replied') throw new Error(`no reply: ${reply.data?.message ?? reply.sent}`);
    return response(ctx, reply);
  };
}
