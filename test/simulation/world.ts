// One world: everything of it is drawn from one seed. Merchants, customers and PSPs do what they do while processes die,
// connections break and clocks jump; then the faults stop, time goes on, and all must come to rest.
import { type FastifyInstance, fastify } from 'fastify';
import { mountSimulators, type SimulatorsHandle } from '../../src/simulators/mount.ts';
import { simulators as registry } from '../../src/simulators/registry.ts';
import type { Db } from '../../src/store/db.ts';
import { type KeyRing, openKeyRing } from '../../src/vault/key-ring.ts';
import { type Account, readLines } from './books.ts';
import { Customers } from './customers.ts';
import { Dice } from './dice.ts';
import { earliest, type Ground, readDue } from './ground.ts';
import { PUBLIC_URL } from './hull.ts';
import { drawKind, EVERY_SURFACE, type Kind, providersIn, surfacesIn } from './kind.ts';
import { type Perils, SAFE } from './life.ts';
import { openShop } from './merchants.ts';
import { FAIR, Network, type Weather } from './network.ts';
import { listOpen, resolve } from './operator.ts';
import { type Sight, wrongAtRest, wrongInBooks } from './oracle.ts';
import { bringSigningKey } from './outside.ts';
import { drawFaults } from './personality.ts';
import { readOn, stopReading, type Watch, watchesOf } from './polling.ts';
import { type Answer, Process, PSP_URL, type Request } from './process.ts';
import { type Catalogue, openCatalogue } from './scripts.ts';
import type { Shop } from './shop.ts';
import { lookAt } from './sight.ts';
import { Time } from './time.ts';
import { Trace } from './trace.ts';
import { trade } from './trade.ts';

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
/** A server's time is the database's, and by no more than this another than another server's (store/database-clock.ts). */
const CLOCKS_DIFFER_MS = 1_000;
/** With all PSPs healthy: the schedule asks for five days, and then an operator. */
const REST_WITHIN_MS = 8 * DAY;
/** What is read every other day was read twice by then. */
const READ_OUT_MS = 4 * DAY;

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
  readonly #kind: Kind;
  readonly #watches = new Map<Shop, readonly Watch[]>();
  /** Where a PSP is described by a script. */
  #catalogue: Catalogue | null = null;
  readonly #keyRing: KeyRing;
  readonly #processes: Process[];
  /** Has every API, and looks at the world when it is at rest. */
  readonly #reader: Process;
  readonly #psps: FastifyInstance = fastify();
  readonly #simulators: SimulatorsHandle;
  readonly #customers: Customers;
  readonly #shops: Shop[] = [];
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
    this.#kind = drawKind(dice);
    const there = providersIn(this.#kind);
    this.#simulators = mountSimulators(this.#psps, {
      simulators: Object.fromEntries(
        Object.entries(registry).filter(([provider]) => there.has(provider)),
      ),
      publicUrl: PSP_URL,
      webhookTarget: (provider) => `${PUBLIC_URL}/v1/webhooks/incoming/${provider}`,
      booksDir: null,
      ports: { clock: time, random: dice.fork('psps').random() },
      log,
      timers: time.timers,
      deliver: this.#network.deliver,
    });
    this.#customers = new Customers({
      time,
      dice: dice.fork('customers'),
      trace,
      psps: this.#psps,
      request: (request) => this.#request(request),
    });
    this.#keyRing = openKeyRing(dice.fork('master key').random().bytes(32).toString('base64'));
    const used = surfacesIn(this.#kind);
    const count = dice.pick([1, 2, 2, 3]);
    this.#processes = Array.from({ length: count }, (_, index) =>
      this.#process(`process ${index + 1}`, used, () => (index === 0 ? this.#aheadMs : 0)),
    );
    this.#reader = this.#process('reader', EVERY_SURFACE, () => 0);
  }

  #process(name: string, surfaces: readonly string[], aheadMs: () => number): Process {
    const db = this.#db;
    return new Process({
      name,
      surfaces: new Set(surfaces),
      time: this.#time,
      trace: this.#trace,
      db,
      keyRing: this.#keyRing,
      flows: () => this.#catalogue?.flows ?? null,
      dice: this.#dice.fork(name),
      network: this.#network,
      perils: () => this.#perils,
      aheadMs,
      onCredentialsSaved: (...saved) => this.#simulators.knowEndpoint(...saved),
      readDue: () => readDue(db),
      idleMs: () => (this.#isCalm ? DAY : 5 * MINUTE),
      onError: (line) => this.#onError(line),
      onDeath: (process) => this.#revive(process),
    });
  }

  async run(payments: number): Promise<Report> {
    const dice = this.#dice.fork('world');
    await this.#psps.ready();
    await this.#bringKey();
    const random = this.#dice.fork('scripts').random();
    if (this.#kind.scripts)
      this.#catalogue = await openCatalogue(this.#db, { clock: this.#time, random }, this.#time);
    for (const process of this.#processes) await process.start();
    const shops = await this.#until(this.#openShops(dice), HOUR);
    this.#brew(dice);
    const trading = shops.map((shop, index) =>
      this.#trade(shop, dice, Math.ceil((payments - index) / shops.length)),
    );
    this.#haunt(dice.fork('ghosts'));
    await this.#until(Promise.all(trading), 2 * DAY);
    await this.#calmDown();
    await this.#reader.start();
    const sight = await this.#lookWithOperator(shops);
    this.#wrong.push(...wrongAtRest(sight, shops));
    return {
      seed: this.#seed,
      wrong: this.#wrong,
      digest: this.#trace.digest(),
      payments: sight.payments.size + sight.payouts.size,
      deaths: this.#processes.reduce((sum, { deaths }) => sum + deaths, 0),
      events: this.#time.happened,
      daysMs: this.#time.nowMs() - START_MS,
      story: (words) => this.#trace.lines(words),
    };
  }

  #trade(shop: Shop, dice: Dice, share: number): Promise<unknown> {
    const { reads } = this.#kind;
    const watches = reads ? watchesOf(this.#dice.fork(`${shop.name} reads`), shop) : [];
    this.#watches.set(shop, watches);
    const books = ({ provider, key }: Account) => this.#simulators.books(provider, key);
    const say = (what: string) => this.#trace.say(shop.name, what);
    return trade(shop, {
      kind: this.#kind,
      dice,
      share,
      request: (request) => this.#request(request),
      desk: { psps: this.#psps, books, say },
      watches,
      startMs: START_MS,
      look: () => this.#checkBooks(),
    });
  }

  /** What the server cannot know, an operator looks up; then all has come to rest. */
  async #lookWithOperator(shops: readonly Shop[]): Promise<Sight> {
    const ask = (request: Request) => this.#reader.request(request);
    const look = () => this.#until(lookAt(shops, ask, this.#simulators, this.#kind.reads), HOUR);
    const sight = await look();
    const open = await this.#until(listOpen(ask), HOUR);
    if (open.length === 0) return sight;
    for (const { id, provider } of open)
      this.#trace.say('operator', `looks up ${id} at ${provider}`);
    this.#wrong.push(...(await this.#until(resolve(ask, open, sight), HOUR)));
    await this.#rest();
    return look();
  }

  #bringKey(): Promise<void> {
    const random = this.#dice.fork('signing key').random();
    return bringSigningKey(this.#db, this.#keyRing, { clock: this.#time, random });
  }

  async close(): Promise<void> {
    this.#isCalm = true;
    for (const process of [...this.#processes, this.#reader])
      process.kill('at the end of the world');
    await this.#psps.close();
    await this.#catalogue?.close();
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
    const ask = (request: Request) => this.#request(request);
    const parts = { time: this.#time, trace: this.#trace, customers: this.#customers };
    for (const plan of this.#kind.plans) this.#shops.push(await openShop(dice, plan, ask, parts));
    return this.#shops;
  }

  /** How bad this world is. */
  #brew(dice: Dice): void {
    const rate = (often: number) => (dice.chance(0.5) ? often * dice.fraction() : 0);
    for (const fault of drawFaults(dice, this.#accounts()))
      this.#simulators.addFault(fault.provider, fault.rule);
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
      webhookLate: rate(0.3),
      webhookForged: rate(1),
    };
  }

  #checkBooks(): void {
    const amounts = new Map<string, number>();
    for (const { told, paidOut } of this.#shops)
      for (const { answer } of [...told, ...paidOut])
        if (answer && answer.status < 300 && !answer.body.payment_id)
          amounts.set(answer.body.id, answer.body.amount);
    for (const what of wrongInBooks(this.#lines(), amounts)) this.#complain(what);
  }

  #lines() {
    return readLines(this.#simulators, this.#accounts());
  }

  #accounts(): Account[] {
    return this.#shops.flatMap(({ accounts }) => accounts);
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
        this.#aheadMs = dice.pick([0, 0, CLOCKS_DIFFER_MS, -CLOCKS_DIFFER_MS, 400, -400, 50]);
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
      return process.isUp ? undefined : process.start();
    });
  }

  /** The faults stop. Everything has to end by itself now. */
  async #calmDown(): Promise<void> {
    this.#trace.say('world', 'the faults stop');
    this.#isCalm = true;
    this.#perils = SAFE;
    this.#weather = FAIR;
    this.#aheadMs = 0;
    this.#simulators.clearFaults();
    for (const process of this.#processes) if (!process.isUp) await process.start();
    const ask = (request: Request) => this.#request(request);
    const each = (deed: typeof stopReading) =>
      Promise.all([...this.#watches].map(([shop, watches]) => deed(shop, ask, watches)));
    await this.#until(
      each((...asked) => readOn(...asked, START_MS)),
      HOUR,
    );
    await this.#rest();
    if (!this.#kind.reads) return;
    await this.#time.run(() => false, this.#time.nowMs() + READ_OUT_MS);
    await this.#until(each(stopReading), HOUR);
    await this.#rest();
  }

  /** Nothing is due any more but readings, which always are. */
  async #rest(): Promise<void> {
    const endMs = this.#time.nowMs() + REST_WITHIN_MS;
    const left = async () => earliest({ ...(await readDue(this.#db)), ingestion: null });
    while (this.#time.nowMs() < endMs && (await left()) !== null)
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
}
