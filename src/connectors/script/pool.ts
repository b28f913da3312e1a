// The pool of slots: it gives every tenant a turn, begins a run again in another slot when its own was held fast by
// somebody else's script, and refuses what there is no room for. Nothing that a script does reaches another's run.
import { createHash } from 'node:crypto';
import type { Ports } from '../../kernel/ports.ts';
import { checkScript } from './check.ts';
import type {
  ScriptFailure,
  ScriptJob,
  ScriptJournal,
  ScriptLimits,
  ScriptPool,
  ScriptRun,
  ScriptText,
  StepContext,
} from './contract.ts';
import { elapsedMs } from './guest-clock.ts';
import { HostedLoad } from './hosted-load.ts';
import { HostedRun } from './hosted-run.ts';
import { deploymentLimits, LOAD_CPU_MS, runLimits } from './limits.ts';
import { slotParts } from './parts.ts';
import type { Guest, SlotThread } from './slot-thread.ts';
import { Slots } from './slots.ts';
import { Suspensions } from './suspensions.ts';
import { Turns } from './turns.ts';

export interface PoolOptions {
  /** Threads that compute at the same time. */
  readonly slots: number;
  readonly limits?: Partial<ScriptLimits>;
  readonly guestsPerSlot?: number;
  readonly guestsEver?: number;
  /** Processor time beyond a run's budget without a sign of life, after which its thread is ended. */
  readonly silenceMs?: number;
  readonly queuePerTenant?: number;
  /** How long a run may wait for a slot before it is refused. */
  readonly queueMs?: number;
}

/** What waits for a slot or sits in one. */
interface Task extends Guest {
  readonly isOver: boolean;
  readonly done: Promise<unknown>;
  fail(failure: ScriptFailure, detail: string): void;
}

interface Entry {
  readonly tenant: string;
  readonly task: Task;
  slot: SlotThread | null;
  hasBegun: boolean;
  suspected: number;
  timer: NodeJS.Timeout | null;
}

/** Of all places: one tenant alone never fills the pool. */
const SHARE_OF_ONE = 0.75;
/** Slots that may be lost under one run, nobody knows why, before it is taken for the cause. */
const SUSPECTED_MAX = 3;
const SUSPECT_MS = 10_000;
const SUSPECTS_MAX = 1_000;
const NO_ONE = 'upload';
/** Times as long as a run: no payment waits for a check, and the first ones wait for the first threads of a server's life. */
const PATIENCE_OF_UPLOADS = 6;

export function openScriptPool(ports: Ports, options: PoolOptions): ScriptPool {
  return new Pool(ports, options);
}

class Pool implements ScriptPool {
  readonly #ports: Ports;
  readonly #limits: ScriptLimits;
  readonly #inService: number;
  readonly #queueMs: number;
  readonly #places: number;
  readonly #suspensions: Suspensions;
  readonly #turns: Turns<Entry>;
  /** By their task, everything that sits in a slot. */
  readonly #seated = new Map<Guest, Entry>();
  readonly #placesOf = new Map<string, number>();
  /** When a script of theirs last held a slot. */
  readonly #suspects = new Map<string, number>();
  #returning: Entry[] = [];
  readonly #opening: Promise<void>;
  #slots: Slots | null = null;
  #isClosed = false;

  constructor(ports: Ports, options: PoolOptions) {
    const { slots, guestsPerSlot = 32, guestsEver = 1_000, queuePerTenant = 500 } = options;
    this.#ports = ports;
    this.#limits = deploymentLimits(options.limits ?? {});
    this.#inService = slots;
    this.#queueMs = options.queueMs ?? 10_000;
    this.#places = slots * guestsPerSlot;
    this.#turns = new Turns(queuePerTenant);
    this.#suspensions = new Suspensions(ports.clock);
    const service = {
      inService: slots,
      guestsPerSlot,
      guestsEver,
      memoryBytes: this.#limits.memoryBytes,
      silenceMs: options.silenceMs ?? 250,
    };
    this.#opening = slotParts().then(
      (parts) => {
        if (this.#isClosed) return;
        this.#slots = new Slots(parts, service, {
          room: () => this.#dispatch(),
          victims: (guests, areInnocent) => this.#return(guests, areInnocent),
          held: (guest) => this.#suspect(guest),
          culprit: (guest) => this.#kill(guest),
          broken: () => this.#refuseAll('no slot can be started'),
        });
      },
      () => this.#refuseAll('the sandbox cannot be read'),
    );
  }

  async run(job: ScriptJob): Promise<ScriptRun> {
    const limits = runLimits(this.#limits, job.limits ?? {});
    const run = this.#hosted(job, limits, null);
    if (Buffer.byteLength(JSON.stringify(job.ctx)) > limits.contextBytes) {
      run.fail('refused', `ctx is larger than ${limits.contextBytes} bytes`);
    } else if (createHash('sha256').update(job.source).digest('hex') !== job.sha256) {
      run.fail('refused', 'the source is not the one that was checked');
    } else if (job.step !== 'sync' && this.#suspensions.isSuspended(job.sha256)) {
      run.fail('unavailable', 'suspended: it had to be ended by force three times');
    }
    this.#submit(job.tenant, run);
    return await run.done;
  }

  async replay(
    journal: ScriptJournal,
    source: string,
    secrets: Readonly<Record<string, string>>,
  ): Promise<ScriptRun> {
    const { sha256, step, egress } = journal;
    const ctx = HostedRun.contextOf(journal, secrets) as StepContext;
    const send = async () => ({ sent: 'not_sent' as const, reason: 'a replay' });
    const job = { tenant: NO_ONE, source, sha256, step, ctx, egress, secrets, send };
    const run = this.#hosted(job, journal.limits, journal);
    this.#submit(NO_ONE, run);
    return await run.done;
  }

  check(script: ScriptText) {
    const limits = runLimits(this.#limits, { cpuMs: LOAD_CPU_MS, wallMs: 5_000 });
    return checkScript(script, async (source, sha256) => {
      const load = new HostedLoad(source, sha256, limits);
      this.#submit(NO_ONE, load, PATIENCE_OF_UPLOADS * this.#queueMs);
      return await load.done;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    this.#refuseAll('the server is stopping');
    for (const { task } of this.#seated.values()) task.fail('killed', 'the server is stopping');
    await this.#slots?.close();
  }

  #hosted(job: ScriptJob, limits: ScriptLimits, replayed: ScriptJournal | null): HostedRun {
    const { clock, random } = this.#ports;
    return new HostedRun({ job, limits, clock, replayed, seed: random.bytes(32).toString('hex') });
  }

  #submit(tenant: string, task: Task, queueMs = this.#queueMs): void {
    if (task.isOver) return;
    if (this.#isClosed) {
      task.fail('unavailable', 'the server is stopping');
      return;
    }
    const late = () => task.fail('unavailable', 'no slot became free in time');
    const entry: Entry = {
      tenant,
      task,
      slot: null,
      hasBegun: false,
      suspected: 0,
      timer: setTimeout(late, queueMs),
    };
    void task.done.then(() => this.#leave(entry));
    if (this.#turns.push(tenant, entry)) this.#dispatch();
    else task.fail('unavailable', 'too many runs are waiting');
  }

  #dispatch(): void {
    for (;;) {
      let slot: SlotThread | null = null;
      const hasSlot = (tenant: string): boolean => {
        slot = this.#slotFor(tenant);
        return slot !== null;
      };
      const entry =
        this.#nextReturning(hasSlot) ??
        this.#turns.next((tenant) => this.#hasShareLeft(tenant) && hasSlot(tenant));
      if (!entry || !slot) return;
      if (entry.task.isOver) continue;
      entry.slot = slot;
      this.#seat(entry);
      this.#slots!.begin(slot, entry.task);
    }
  }

  /**
   * No tenant begins in all slots and the spare: of a run that has not said a word yet nobody knows whether it ever
   * will.
   */
  #slotFor(tenant: string): SlotThread | null {
    const silent = new Set<SlotThread>();
    for (const { task, slot, tenant: whose } of this.#seated.values()) {
      if (whose === tenant && slot !== null && !task.hasSpoken) silent.add(slot);
    }
    const isConfined = silent.size >= this.#inService;
    return this.#slots?.free(this.#isSuspect(tenant), isConfined ? silent : null) ?? null;
  }

  #nextReturning(mayBegin: (tenant: string) => boolean): Entry | null {
    const at = this.#returning.findIndex(({ tenant }) => mayBegin(tenant));
    return at < 0 ? null : this.#returning.splice(at, 1)[0]!;
  }

  #hasShareLeft(tenant: string): boolean {
    return (this.#placesOf.get(tenant) ?? 0) < Math.ceil(this.#places * SHARE_OF_ONE);
  }

  #isSuspect(tenant: string): boolean {
    return elapsedMs() - (this.#suspects.get(tenant) ?? Number.NEGATIVE_INFINITY) < SUSPECT_MS;
  }

  /** Its tenant's runs are kept apart from everybody's for a while. */
  #suspect(guest: Guest): void {
    const tenant = this.#seated.get(guest)?.tenant;
    if (tenant === undefined) return;
    this.#suspects.delete(tenant);
    this.#suspects.set(tenant, elapsedMs());
    const [oldest] = this.#suspects.keys();
    if (this.#suspects.size > SUSPECTS_MAX) this.#suspects.delete(oldest!);
  }

  #seat(entry: Entry): void {
    const { task, tenant } = entry;
    if (entry.hasBegun) return;
    entry.hasBegun = true;
    if (entry.timer) clearTimeout(entry.timer);
    entry.timer = setTimeout(() => task.fail('wall', 'VM execution timeout'), task.limits.wallMs);
    this.#seated.set(task, entry);
    this.#placesOf.set(tenant, (this.#placesOf.get(tenant) ?? 0) + 1);
  }

  #leave(entry: Entry): void {
    if (entry.timer) clearTimeout(entry.timer);
    if (!this.#seated.delete(entry.task)) return;
    const places = (this.#placesOf.get(entry.tenant) ?? 1) - 1;
    if (places > 0) this.#placesOf.set(entry.tenant, places);
    else this.#placesOf.delete(entry.tenant);
    this.#dispatch();
  }

  #return(guests: readonly Guest[], areInnocent: boolean): void {
    for (const guest of guests) {
      const entry = this.#seated.get(guest);
      if (!entry || entry.task.isOver) continue;
      entry.slot = null;
      if (!areInnocent) entry.suspected += 1;
      if (entry.suspected >= SUSPECTED_MAX) this.#kill(guest);
      else this.#returning.push(entry);
    }
    this.#dispatch();
  }

  #kill(guest: Guest): void {
    this.#suspensions.count(guest.sha256);
    this.#seated.get(guest)?.task.fail('killed', 'its thread had to be ended');
  }

  #refuseAll(detail: string): void {
    for (const { task } of [...this.#turns.drain(), ...this.#returning]) {
      task.fail('unavailable', detail);
    }
    this.#returning = [];
  }
}
