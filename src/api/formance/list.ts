// Lists of the Formance API (api/formance.md section 1): page size, query, sort, and cursors that go both ways. A list
// says what it can be asked and fetches rows; everything else about pages is here.
import type { FastifyRequest } from 'fastify';
import type { Context, Environment } from '../../flows/context.ts';
import { openCursor, sealCursor } from '../../flows/sealed-cursor.ts';
import type { Condition, PageRequest, SortTerm } from '../../store/pages.ts';
import { callerOf } from '../auth/reevit-caller.ts';
import { invalidField } from './envelope.ts';
import { parseQuery, QUERY_CHARACTERS_MAX, type QueryFields } from './query.ts';

/** A row as a list's store gives it. */
export interface Positioned {
  /** The values of the order's fields: see PageSql.position. */
  readonly position: readonly string[];
}

export interface List<Row extends Positioned> {
  /** Names the list in its cursors. */
  readonly name: string;
  /** What a query may name, for this environment. */
  readonly fields: (environment: Environment) => QueryFields | Promise<QueryFields>;
  /** What `sort` may name: the wire's name -> the store's. */
  readonly sorts: Readonly<Record<string, string>>;
  readonly defaultSort: SortTerm;
  /** The unique field that ends every order. */
  readonly tie: string;
  readonly fetch: (environment: Environment, page: PageRequest) => Promise<readonly Row[]>;
  /** Conditions of the list itself, beyond the query. */
  readonly where?: Condition | null;
}

export interface ListAnswer<View> {
  readonly cursor: {
    readonly pageSize: number;
    readonly hasMore: boolean;
    readonly previous?: string;
    readonly next?: string;
    readonly data: readonly View[];
  };
}

/** All that a cursor carries: what was asked, and where it goes on. */
interface Place {
  readonly size: number;
  readonly query: string;
  readonly order: readonly SortTerm[];
  readonly after: readonly string[] | null;
  /** Towards the list's beginning. */
  readonly back: boolean;
}

const PAGE_SIZE = 15;
const PAGE_SIZE_MAX = 100;

export async function answerList<Row extends Positioned, View>(
  context: Context,
  request: FastifyRequest,
  list: List<Row>,
  view: (row: Row, environment: Environment) => View,
): Promise<ListAnswer<View>> {
  const { environment } = callerOf(request);
  const place = await placeOf(context, request, environment, list);
  const { size, back, after } = place;
  const rows = await list.fetch(environment, {
    limit: size + 1,
    filter: both(list.where ?? null, parseQuery(place.query, await list.fields(environment))),
    order: back ? place.order.map(reversed) : place.order,
    after,
  });
  const page = back ? rows.slice(0, size).reverse() : rows.slice(0, size);
  const more = rows.length > size;
  const [first, last] = [page[0], page.at(-1)];
  const cursorTo = (row: Row, backwards: boolean) =>
    sealCursor(context, environment.id, list.name, {
      ...place,
      after: row.position,
      back: backwards,
    } satisfies Place);
  const hasMore = back ? last !== undefined : more;
  const hasLess = back ? more : after !== null;
  return {
    cursor: {
      pageSize: size,
      hasMore,
      ...(first && hasLess ? { previous: cursorTo(first, true) } : {}),
      ...(last && hasMore ? { next: cursorTo(last, false) } : {}),
      data: page.map((row) => view(row, environment)),
    },
  };
}

/** A list of what is all in memory, oldest first there and latest first here: what is added moves no page. */
export function listOf<Row>(
  name: string,
  rows: readonly Row[],
): List<Positioned & { readonly row: Row }> {
  const placed = rows.map((row, index) => ({ row, position: [String(index)] }));
  return {
    name,
    fields: () => ({}),
    sorts: {},
    defaultSort: { field: 'place', descending: true },
    tie: 'place',
    fetch: async (_, { limit, order, after }) => {
      const [first] = order;
      const place = after === null ? null : Number(after[0]);
      if (first?.descending)
        return placed
          .slice(0, place ?? rows.length)
          .slice(-limit)
          .reverse();
      return placed.slice(place === null ? 0 : place + 1).slice(0, limit);
    },
  };
}

function both(a: Condition | null, b: Condition | null): Condition | null {
  return a && b ? { op: 'and', all: [a, b] } : (a ?? b);
}

function reversed({ field, descending }: SortTerm): SortTerm {
  return { field, descending: !descending };
}

/** When there is a cursor, every other parameter is ignored. */
async function placeOf<Row extends Positioned>(
  context: Context,
  request: FastifyRequest,
  environment: Environment,
  list: List<Row>,
): Promise<Place> {
  const asked = request.query as Readonly<Record<string, unknown>>;
  if (asked.cursor !== undefined && asked.cursor !== '') {
    const place =
      typeof asked.cursor === 'string'
        ? openCursor(context, environment.id, list.name, asked.cursor)
        : null;
    if (place === null) throw invalidField('cursor', 'is invalid');
    return place as Place;
  }
  const query = asked.query === undefined ? await queryInBody(request) : asked.query;
  if (typeof query !== 'string') throw invalidField('query', 'is invalid');
  return {
    size: pageSizeOf(asked.pageSize),
    query,
    order: orderOf(asked.sort, list),
    after: null,
    back: false,
  };
}

function pageSizeOf(said: unknown): number {
  if (said === undefined || said === '') return PAGE_SIZE;
  if (typeof said !== 'string' || !/^\d{1,18}$/.test(said))
    throw invalidField('pageSize', 'is invalid');
  const size = Number(said);
  return size === 0 ? PAGE_SIZE : Math.min(size, PAGE_SIZE_MAX);
}

const SORTS_MAX = 4;

/** `createdAt:desc`, repeated or separated by commas. */
function orderOf(said: unknown, list: Pick<List<never>, 'sorts' | 'defaultSort' | 'tie'>) {
  const words = [said ?? []].flat().flatMap((one) => String(one).split(','));
  const asked = words.filter(Boolean).map((word): SortTerm => {
    const [, name = '', direction = 'asc'] = /^(\w+)(?::(asc|desc))?$/i.exec(word) ?? [];
    const field = Object.hasOwn(list.sorts, name) ? list.sorts[name] : undefined;
    if (field === undefined) throw invalidField('sort', 'is invalid');
    return { field, descending: direction.toLowerCase() === 'desc' };
  });
  if (asked.length > SORTS_MAX) throw invalidField('sort', 'has too many fields');
  const order = asked.length > 0 ? asked : [list.defaultSort];
  const ends = order.findIndex(({ field }) => field === list.tie);
  if (ends >= 0) return order.slice(0, ends + 1);
  return [...order, { field: list.tie, descending: order.at(-1)!.descending }];
}

/** The body of a GET, which HTTP servers do not read by themselves. */
async function queryInBody(request: FastifyRequest): Promise<string> {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (length === '0' && encoding === undefined) return '';
  let text = '';
  for await (const chunk of request.raw) {
    text += String(chunk);
    if (text.length > QUERY_CHARACTERS_MAX) throw invalidField('query', 'is too long');
  }
  return text;
}
