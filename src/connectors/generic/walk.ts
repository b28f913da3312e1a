// Reads a list of a generic PSP in the order of an instant, page by page, so that no row is lost while the list changes
// (api/formance.md section 10). A row that changes meanwhile moves to the end, so page numbers count only within what
// cannot be told apart by its instant: each page begins a millisecond before the last row of the one before, whether the
// PSP takes `…From` for "from" or for "after". Rows that come twice are the host's to know again. Moves nothing.
import { createHash } from 'node:crypto';
import { parseInstant } from '../../domain/ledger/instant.ts';
import { isText } from '../../domain/ledger/text.ts';
import type { Call, Told } from '../contract.ts';
import { type Json, objectOf, textOf } from '../json.ts';
import { ask } from './reply.ts';

export interface Listing {
  readonly path: string;
  readonly instant: 'updatedAt' | 'createdAt';
  readonly pageSize: number;
  /** How many rows are taken in at once, however many come: a page must not outlast its claim. */
  readonly take: number;
}

export interface Row {
  readonly json: Json;
  /** Its id; of a row without a usable one, something that it is known by again. */
  readonly name: string;
  readonly hasId: boolean;
  /** Epoch milliseconds; null: the row has none that can be read. */
  readonly atMs: number | null;
}

/** Where a walk is. */
export interface Walk {
  readonly fromMs: number;
  readonly page: number;
  /** Rows of this page that were taken before, of a page that is too long to take at once. */
  readonly skip: number;
  /** How many pages and parts of pages were read from this `fromMs` on. */
  readonly parts: number;
  /** False: the PSP does not sort, or does not filter, so there is nothing but its page numbers. */
  readonly inOrder: boolean;
  /** What was on the page before this one. */
  readonly before: string;
  /** Those at `fromMs`, in this pass over several pages of them and in the pass before. */
  readonly pass: string;
  readonly passBefore: string | null;
  readonly passes: number;
  readonly steps: number;
  /** The latest instant of all rows, as far as it is not in the future. */
  readonly latestMs: number | null;
}

export interface Step {
  readonly rows: readonly Row[];
  /** Null: the walk has ended. */
  readonly next: Walk | null;
  readonly latestMs: number | null;
}

const PASSES_MAX = 8;
const STEPS_MAX = 20_000;
/** How far ahead a PSP's clock may be; what is later than that is read when its time has come. */
const AHEAD_MS = 24 * 60 * 60_000;

export function beginWalk(fromMs: number): Walk {
  const place = { fromMs: Math.max(0, fromMs), inOrder: true, passBefore: null, passes: 0 };
  return { ...place, ...AGAIN, steps: 0, latestMs: null };
}

const AGAIN = { page: 1, skip: 0, parts: 0, before: '', pass: '0' } as const;

export async function walkOn(
  listing: Listing,
  walk: Walk,
  toMs: number,
  call: Call,
): Promise<Told<Step>> {
  const read = await readPage(listing, walk, call);
  if (read.kind !== 'told') return read;
  const rows = read.value.slice(walk.skip, walk.skip + listing.take);
  const latestMs = latest(walk.latestMs, rows, toMs);
  const next = nextOf(
    { ...walk, steps: walk.steps + 1, latestMs },
    read.value,
    rows,
    listing,
    toMs,
  );
  if (typeof next === 'string') return unreadable(next);
  return { kind: 'told', value: { rows, next, latestMs } };
}

/** Why the walk cannot go on; null: it has ended. */
function nextOf(
  walk: Walk,
  page: readonly Row[],
  rows: readonly Row[],
  { pageSize, take }: Listing,
  toMs: number,
): Walk | string | null {
  const whole = digest(page.map(({ name, atMs }) => `${name} ${atMs}`).join('\n'));
  const repeats = walk.skip === 0 && page.length > 0 && whole === walk.before;
  // Some PSPs tell their last page again when they are asked for one beyond it.
  if (rows.length === 0 || (repeats && page.length < pageSize)) return endPass(walk, null);
  if (repeats) return 'the list repeats its page';
  if (walk.steps >= STEPS_MAX) return walk.inOrder ? null : 'the list has no end';
  const isLong = page.length > walk.skip + take;
  const turned = isLong
    ? { skip: walk.skip + take }
    : { page: walk.page + 1, skip: 0, before: whole };
  const here = { ...walk, parts: walk.parts + 1, pass: passOver(walk, rows) };
  if (!walk.inOrder || !isInOrder(page, walk.fromMs)) return { ...here, ...turned, inOrder: false };
  const lastMs = rows.findLast(({ atMs }) => atMs !== null)?.atMs ?? walk.fromMs;
  if (lastMs - 1 <= walk.fromMs) return { ...here, ...turned };
  if (lastMs > toMs + AHEAD_MS) return null;
  // What is on a later page may have lost its neighbours to a change; one page by itself has lost nobody.
  return endPass(here, here.parts === 1 ? lastMs - 1 : walk.fromMs + 1);
}

/** Several pages of one instant are read until two passes over them agree: a row that left one moves all after it. */
function endPass(walk: Walk, fromMs: number | null): Walk | string | null {
  if (walk.inOrder && walk.parts > 1 && walk.pass !== walk.passBefore) {
    if (walk.passes >= PASSES_MAX) return 'the list changes while it is read';
    return { ...walk, ...AGAIN, passBefore: walk.pass, passes: walk.passes + 1 };
  }
  return fromMs === null ? null : { ...walk, ...AGAIN, fromMs, passBefore: null, passes: 0 };
}

async function readPage(
  { path, instant, pageSize }: Listing,
  { fromMs, page }: Walk,
  call: Call,
): Promise<Told<readonly Row[]>> {
  const query = new URLSearchParams({
    pageSize: String(pageSize),
    page: String(page),
    sort: `${instant}:asc`,
    [`${instant}From`]: new Date(fromMs).toISOString(),
  });
  const reply = await ask({ method: 'GET', path: `${path}?${query}` }, call);
  if (reply.kind === 'refused') return { kind: 'refused', message: reply.message };
  if (reply.kind !== 'accepted') return unreadable(reply.reason);
  if (!Array.isArray(reply.value)) return unreadable('a page that is no list');
  return { kind: 'told', value: reply.value.map((one) => rowOf(objectOf(one), instant)) };
}

/** Longer names would not fit an index. */
const NAME_MAX = 1_000;

function rowOf(json: Json, instant: Listing['instant']): Row {
  const hasId = isText(json.id, 1, NAME_MAX);
  const name = hasId ? String(json.id) : `row ${digest(JSON.stringify(json))}`;
  return { json, name, hasId, atMs: timeIn(json[instant]) };
}

export function timeIn(value: unknown): number | null {
  const ms = parseInstant(textOf(value) ?? '')?.ms ?? -1;
  return ms >= 0 ? ms : null;
}

function isInOrder(rows: readonly Row[], fromMs: number): boolean {
  let before = fromMs;
  return rows.every(({ atMs }) => {
    if (atMs === null) return true;
    const isLater = atMs >= before;
    before = atMs;
    return isLater;
  });
}

/** In whatever order they come. */
function passOver({ pass, fromMs }: Walk, rows: readonly Row[]): string {
  let sum = BigInt(`0x${pass}`);
  for (const { name, atMs } of rows)
    if (atMs !== null && atMs <= fromMs + 1) sum ^= BigInt(`0x${digest(name)}`);
  return sum.toString(16);
}

function latest(knownMs: number | null, rows: readonly Row[], toMs: number): number | null {
  const times = rows.flatMap(({ atMs }) => (atMs === null || atMs > toMs ? [] : [atMs]));
  const known = knownMs === null ? [] : [knownMs];
  return times.length + known.length === 0 ? null : Math.max(...known, ...times);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export function unreadable(message: string): Told<never> {
  return { kind: 'unreachable', message };
}
