// The merchant's server and the customer's browser of the demo: plain HTTP, nothing of the server's own code.
import { setTimeout as sleep } from 'node:timers/promises';
import { DemoFailure, expectThat } from './expect.ts';

// biome-ignore lint/suspicious/noExplicitAny: what the API answers is checked by the steps, field by field
export type Json = any;

const CALL_MS = 35_000;

export class Client {
  readonly url: string;
  readonly key: string;

  constructor(url: string, key: string) {
    this.url = url;
    this.key = key;
  }

  /** Makes an organization with the admin token; the client uses its sandbox. */
  static async withNewOrganization(url: string, adminToken: string): Promise<Client> {
    const headers = { authorization: `Bearer ${adminToken}` };
    const made = await send(url, 'POST', '/admin/v1/organizations', { name: 'Demo shop' }, headers);
    const sandbox = made.environments.find((one: Json) => one.mode === 'sandbox');
    return new Client(url, sandbox.reevit_api_key);
  }

  get = (path: string): Promise<Json> => this.#send('GET', path);
  post = (path: string, body: Json): Promise<Json> => this.#send('POST', path, body);

  #send(method: string, path: string, body?: Json): Promise<Json> {
    return send(this.url, method, path, body, { 'x-reevit-key': this.key });
  }

  /** Opens the page as a browser would and presses Pay. Answers every address on the way to the shop's. */
  async payOnPage(page: string, shop: string): Promise<string[]> {
    const shown = await fetch(page, { signal: AbortSignal.timeout(CALL_MS) });
    const html = await shown.text();
    expectThat(shown.ok && html.includes('value="success"'), `no payment page at ${page}`);
    const form = new URLSearchParams({ outcome: 'success' });
    const way = [page];
    let reply = await browse(shown.url, { method: 'POST', body: form });
    for (let hops = 0; hops < 5; hops += 1) {
      const location = reply.headers.get('location');
      if (location === null) return way;
      const next = new URL(location, way.at(-1)).href;
      way.push(next);
      if (next.startsWith(shop)) return way; // the demo's shop has no site
      reply = await browse(next, {});
    }
    return way;
  }

  /** What a page of the simulators shows, as data. */
  async getPage(page: string): Promise<Json> {
    const reply = await browse(page, { headers: { accept: 'application/json' } });
    expectThat(reply.ok, `no page at ${page}`);
    return reply.json();
  }

  /** Presses the first button of a simulator's page: pay, accept. */
  async press(page: string): Promise<void> {
    const form = new URLSearchParams({ outcome: 'success' });
    const reply = await browse(page, { method: 'POST', body: form });
    expectThat(reply.status < 400, `${page} answered ${reply.status}`);
  }

  /** Reads again until it is so; the demo's webhooks and refunds take a moment. */
  async until(path: string, isSo: (body: Json) => boolean, missing: string): Promise<Json> {
    const deadline = AbortSignal.timeout(20_000);
    while (!deadline.aborted) {
      const body = await this.get(path);
      if (isSo(body)) return body;
      await sleep(100);
    }
    throw new DemoFailure(missing);
  }
}

function browse(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(CALL_MS) });
}

async function send(
  url: string,
  method: string,
  path: string,
  body: Json,
  headers: Record<string, string>,
): Promise<Json> {
  const reply = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const text = await reply.text();
  expectThat(reply.ok, `${method} ${path} answered ${reply.status}: ${text.slice(0, 400)}`);
  return JSON.parse(text);
}
