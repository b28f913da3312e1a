// One world: everything of it is drawn from one seed. Merchants, customers and PSPs do what they do while processes die,
// connections break and clocks jump; then the faults stop, time goes on, and all must come to rest.
import { type FastifyInstance, fastify } from 'fastify';
import { mountSimulators, type SimulatorsHandle } from '../../src/simulators/mount.ts';
import type { Db } from '../../src/store/db.ts';
import { openKeyRing } from '../../src/vault/key-ring.ts';
import { Dice } from './dice.ts';
import { earliest, type Ground, readDue } from './ground.ts';
import { type Perils, SAFE } from './life.ts';
import { FAIR, Network, type Weather } from './network.ts';
import { type Json, readBooks, wrongAtRest, wrongInBooks } from './oracle.ts';
import { type Order, ordersOf } from './orders.ts';
import { ADMIN_TOKEN, type Answer, Process, PSP_URL, PUBLIC_URL, type Request } from './process.ts';
import { Shop } from './shop.ts';
import { lookAt } from './sight.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';

export interface Report {
  readonly seed: string;
  /** Empty: all that must be true is. */
  readonly wrong: readonly string[];
  /** Of everything that happened, in order. */
  readonly digest: string;
  readonly payments: number;
  readonly deaths: number;
  readonly events: number;
  /** How long it was in the world. */
  readonly daysMs: number;
  /** What happened, or what of it concerns a payment. */
  readonly story: (words?: readonly string[]) => string[];
}

const START_MS = Date.parse('2026-03-28T22:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** With all PSPs healthy: the schedule asks for five days, and then an operator. */
const REST_WITHIN_MS = 8 * DAY;
const PROVIDERS = ['stripe', 'paystack'];

export async function runWorld(ground: Ground, seed: string, payments: number): Promise<Report> {
  await ground.clear();
  const world = new World(ground.db, seed);
  try {
    return await world.run(payments);
  } finally {
    await world.close();
  }
}

class World {
  readonly #db: Db;
  readonly #seed: string;
  readonly #dice: Dice;
  readonly #time = new Time(START_MS);
  readonly #trace = new Trace(() => this.#time.nowMs());
  readonly #network: Network;
  readonly #processes: Process[];
  readonly #psps: FastifyInstance = fastify();
  readonly #simulators: SimulatorsHandle;
  readonly #shops: Shop[] = [];
  readonly #amounts = new Map<string, number>();
  readonly #wrong: string[] = [];
  #perils: Perils = SAFE;
  #weather: Weather = FAIR;
  #aheadMs = 0;
  #isCalm = false;

  constructor(db: Db, seed: string) {
    this.#db = db;
    this.#seed = seed;
    const dice = new Dice(`seed ${seed}`);
    this.#dice = dice;
    const [time, trace] = [this.#time, this.#trace];
    this.#network = new Network({
      time,
      trace,
      dice: dice.fork('network'),
      weather: () => this.#weather,
      merchant: (url, body) => this.#hear(url, body),
      psps: this.#psps,
      post: (path, headers, payload) => this.#post(path, headers, payload),
    });
    const log = {
      info: () => {},
      warn: () => {},
      error: (_: object, text: string) => this.#complain(`simulator: ${text}`),
    };
    this.#simulators = mountSimulators(this.#psps, {
      publicUrl: PSP_URL,
      webhookTarget: (provider) => `${PUBLIC_URL}/v1/webhooks/incoming/${provider}`,
      booksDir: null,
      ports: { clock: time, random: dice.fork('psps').random() },
      log,
      timers: time.timers,
      deliver: this.#network.deliver,
    });
    const keyRing = openKeyRing(dice.fork('master key').random().bytes(32).toString('base64'));
    const count = dice.pick([1, 2, 2, 3]);
    this.#processes = Array.from(
      { length: count },
      (_, index) =>
        new Process({
          name: `process ${index + 1}`,
          time,
          trace,
          db,
          keyRing,
          dice: dice.fork(`process ${index + 1}`),
          network: this.#network,
          perils: () => this.#perils,
          aheadMs: () => (index === 0 ? this.#aheadMs : 0),
          onCredentialsSaved: (...saved) => this.#simulators.knowEndpoint(...saved),
          readDue: () => readDue(db),
          idleMs: () => (this.#isCalm ? DAY : 5 * MINUTE),
          onError: (line) => this.#onError(line),
          onDeath: (process) => this.#revive(process),
        }),
    );
  }

  async run(payments: number): Promise<Report> {
    const dice = this.#dice.fork('world');
    await this.#psps.ready();
    for (const process of this.#processes) await process.start();
    const shops = await this.#until(this.#openShops(dice), HOUR);
    this.#brew(dice);
    const selling = shops.map((shop, index) => {
      const share = Math.ceil((payments - index) / shops.length);
      return Promise.all(
        ordersOf(dice.fork(shop.name), shop.name, share).map((order) => this.#sell(shop, order)),
      );
    });
    this.#haunt(dice.fork('ghosts'));
    await this.#until(Promise.all(selling), 2 * DAY);
    await this.#calmDown();
    const sight = await this.#until(
      lookAt(shops, () => this.#books()),
      HOUR,
    );
    this.#wrong.push(...wrongAtRest(sight, shops));
    return {
      seed: this.#seed,
      wrong: this.#wrong,
      digest: this.#trace.digest(),
      payments: sight.payments.size,
      deaths: this.#processes.reduce((sum, { deaths }) => sum + deaths, 0),
      events: this.#time.happened,
      daysMs: this.#time.nowMs() - START_MS,
      story: (words) => this.#trace.lines(words),
    };
  }

  async close(): Promise<void> {
    this.#isCalm = true;
    for (const process of this.#processes) process.kill('at the end of the world');
    await this.#psps.close();
  }

  /** Lets the world turn until a promise of it is kept. */
  async #until<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let result: { readonly value: T } | null = null;
    let failure: { readonly error: unknown } | null = null;
    promise.then(
      (value) => {
        result = { value };
      },
      (error: unknown) => {
        failure = { error };
      },
    );
    const isOver = () => result !== null || failure !== null;
    await this.#time.run(isOver, this.#time.nowMs() + withinMs);
    if (failure !== null) throw (failure as { error: unknown }).error;
    if (result === null) throw new Error(`seed ${this.#seed}: the world stood still`);
    return (result as { value: T }).value;
  }

  async #openShops(dice: Dice): Promise<Shop[]> {
    const count = dice.pick([1, 1, 2]);
    for (let index = 0; index < count; index += 1)
      this.#shops.push(await this.#openShop(dice, `shop${index}`));
    return this.#shops;
  }

  async #openShop(dice: Dice, name: string): Promise<Shop> {
    const made = await this.#request({
      method: 'POST',
      path: '/admin/v1/organizations',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: { name },
    });
    if (made?.status !== 201) throw new Error(`no organization: ${made?.text}`);
    const { id: environment, reevit_api_key: apiKey } = made.body.environments[0];
    await this.#request({
      method: 'PUT',
      path: `/admin/v1/environments/${environment}/conflict-policy`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      payload: { conflict_policy: dice.pick(['alert', 'refund_later', 'void_later']) },
    });
    const shop = new Shop({
      name,
      apiKey,
      time: this.#time,
      trace: this.#trace,
      dice: dice.fork(`${name} shop`),
      request: (request) => this.#request(request),
      browse: (url, outcome) => this.#browse(url, outcome),
    });
    await this.#setUp(apiKey, '/v1/webhooks/config', { url: shop.endpoint, enabled: true });
    // Two at Stripe: a card token can go to the next connection only there.
    const providers = ['stripe', 'stripe', 'paystack', ...(dice.chance(0.5) ? ['paystack'] : [])];
    const ids: string[] = [];
    for (const provider of providers) {
      const secret = `sk_test_${dice.random().bytes(16).toString('hex')}`;
      const credentials =
        provider === 'stripe'
          ? {
              secret_key: secret,
              publishable_key: 'pk_test_x1234567',
              stripe_webhook_secret: `whsec_${secret}`,
            }
          : { secret_key: secret, public_key: 'pk_test_x1234567' };
      const connection = await this.#setUp(apiKey, '/v1/connections', {
        provider,
        mode: 'sandbox',
        credentials,
        ...(dice.chance(0.3) ? { routing_hints: { fallback_only: true } } : {}),
      });
      ids.push(connection.id);
    }
    if (dice.chance(0.5))
      await this.#setUp(apiKey, '/v1/routing-rules', {
        name: 'first',
        countries: dice.pick([['ZA'], ['GH'], ['ZA', 'GH']]),
        connection_id: dice.pick(ids),
        priority: 10,
        fallback_to_default: dice.chance(0.8),
        enabled: true,
      });
    return shop;
  }

  async #setUp(apiKey: string, path: string, payload: object): Promise<Json> {
    const answer = await this.#request({
      method: 'POST',
      path,
      headers: { 'x-reevit-key': apiKey },
      payload,
    });
    if (answer === null || answer.status > 201)
      throw new Error(`${path}: ${answer?.status} ${answer?.text}`);
    return answer.body;
  }

  /** How bad this world is. */
  #brew(dice: Dice): void {
    const rate = (often: number) => (dice.chance(0.5) ? often * dice.fraction() : 0);
    this.#perils = { death: rate(0.015), cutBefore: rate(0.05), cutAfter: rate(0.05) };
    this.#weather = {
      refused: rate(0.1),
      lostThere: rate(0.1),
      lostBack: rate(0.2),
      garbled: rate(0.2),
      slow: rate(0.2),
      slowThere: rate(0.4),
      webhookLost: rate(0.5),
      webhookTwice: rate(0.5),
      webhookForged: rate(1),
    };
  }

  async #sell(shop: Shop, order: Order): Promise<void> {
    await shop.sell(order);
    for (const { what, answer } of shop.told)
      if (what === 'create' && answer && answer.status < 300)
        this.#amounts.set(answer.body.id, answer.body.amount);
    this.#checkBooks();
  }

  #checkBooks(): void {
    for (const what of wrongInBooks(this.#books(), this.#amounts)) this.#complain(what);
  }

  #books() {
    return readBooks(PROVIDERS.map((provider) => this.#simulators.books(provider)));
  }

  #complain(what: string): void {
    if (!this.#wrong.includes(what)) this.#wrong.push(what);
    this.#trace.say('oracle', what);
  }

  /** A merchant's endpoint: overloaded at times, while there are faults. */
  #hear(url: string, body: string): number | null {
    const shop = this.#shops.find(({ endpoint }) => endpoint === url);
    if (!shop || (!this.#isCalm && this.#dice.chance(0.1)))
      return this.#dice.pick([null, 500, 503]);
    shop.hears(body);
    return 200;
  }

  /** Bugs, as the server itself reports them; what broken connections make it say is expected. */
  #onError(line: string): void {
    if (/Connection terminated/.test(line)) return;
    this.#complain(`server log: ${line.trim().slice(0, 600)}`);
  }

  /** Clocks jump; a PSP has an outage now and then. */
  #haunt(dice: Dice): void {
    const rounds = dice.between(2, 8);
    for (let round = 0; round < rounds; round += 1) {
      this.#time.after(dice.between(0, 8 * MINUTE), () => {
        if (this.#isCalm) return;
        this.#aheadMs = dice.pick([0, 0, 90_000, -90_000, 4 * MINUTE, -4 * MINUTE, 2_000]);
        this.#trace.say('ghost', `moves the clock of process 1 to ${this.#aheadMs} ms ahead`);
      });
      if (dice.chance(0.3)) {
        const fair = this.#weather;
        const at = dice.between(0, 6 * MINUTE);
        this.#time.after(at, () => {
          if (this.#isCalm) return;
          this.#trace.say('ghost', 'cuts the PSPs off');
          this.#weather = { ...fair, refused: 0.5, lostThere: 0.4 };
        });
        this.#time.after(at + dice.between(10_000, 2 * MINUTE), () => {
          if (!this.#isCalm) this.#weather = fair;
        });
      }
    }
  }

  /** What supervises processes starts one again that died. */
  #revive(process: Process): void {
    if (this.#isCalm) return;
    this.#checkBooks();
    this.#time.after(this.#dice.wait(10_000), () => {
      if (!process.isUp) void process.start();
    });
  }

  /** The faults stop. Everything has to end by itself now. */
  async #calmDown(): Promise<void> {
    this.#trace.say('world', 'the faults stop');
    this.#isCalm = true;
    this.#perils = SAFE;
    this.#weather = FAIR;
    this.#aheadMs = 0;
    for (const process of this.#processes) if (!process.isUp) await process.start();
    const endMs = this.#time.nowMs() + REST_WITHIN_MS;
    while (this.#time.nowMs() < endMs && earliest(await readDue(this.#db)) !== null)
      await this.#time.run(() => false, this.#time.nowMs() + HOUR);
  }

  /** Through the load balancer: to a process that lives. */
  async #request(request: Request): Promise<Answer | null> {
    const up = this.#processes.filter((process) => process.isUp);
    if (up.length === 0) return null;
    return this.#dice.pick(up).request(request);
  }

  async #post(path: string, headers: Record<string, string>, payload: string): Promise<number> {
    const answer = await this.#request({ method: 'POST', path, headers, payload });
    if (answer === null) throw new Error('no reply');
    return answer.status;
  }

  async #browse(url: string, outcome: string): Promise<string | null> {
    await this.#time.sleep(this.#dice.wait(200));
    const { pathname, search } = new URL(url, PSP_URL);
    if (pathname.startsWith('/checkout/')) {
      const page = await this.#request({ method: 'GET', path: `${pathname}${search}` });
      const next = page?.headers.location;
      return typeof next === 'string' ? this.#browse(next, outcome) : null;
    }
    const reply = await this.#psps.inject({
      method: 'POST',
      url: `${pathname}${search}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `outcome=${outcome}`,
    });
    this.#trace.say('customer', `${outcome} at ${pathname}: ${reply.statusCode}`);
    return typeof reply.headers.location === 'string' ? reply.headers.location : null;
  }
}
