// Pages by keyset over any list: the condition of a query, the order, and the row after which the page begins. Names of
// columns come from the list's own table of them, values are always parameters.

export type Condition =
  | { readonly op: 'and' | 'or'; readonly all: readonly Condition[] }
  | { readonly op: 'not'; readonly one: Condition }
  | {
      readonly op: Comparison;
      readonly field: string;
      /** The key of a map (`metadata[key]`). */
      readonly key: string | null;
      readonly value: Value | readonly Value[];
    }
  /** What cannot be: an id that names nothing here. */
  | { readonly op: 'never' };

export type Comparison = 'match' | 'lt' | 'lte' | 'gt' | 'gte' | 'like' | 'in' | 'exists';
export type Value = string | bigint | boolean;

export interface SortTerm {
  readonly field: string;
  readonly descending: boolean;
}

export interface PageRequest {
  readonly limit: number;
  readonly filter: Condition | null;
  /** The last term is unique. */
  readonly order: readonly SortTerm[];
  /** The values of the order's fields in the row before the page; null: the list's beginning. */
  readonly after: readonly string[] | null;
}

export interface Column {
  /** An expression that is never null where the list is sorted by it. */
  readonly sql: string;
  readonly type: 'text' | 'bigint' | 'timestamptz' | 'map';
}

export type Columns = Readonly<Record<string, Column>>;

export interface PageSql {
  /** ` AND …` */
  readonly where: string;
  readonly orderBy: string;
  /** The values of the order's fields as texts: `after` of the next page. */
  readonly position: string;
}

const OPERATORS = { lt: '<', lte: '<=', gt: '>', gte: '>=', like: 'LIKE', match: '=' } as const;

/** Appends its parameters to `values`. */
export function pageSql(page: PageRequest, columns: Columns, values: unknown[]): PageSql {
  const { filter, order, after } = page;
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const where = [
    ...(filter ? [conditionSql(filter, columns, parameter)] : []),
    ...(after ? [afterSql(order, after, columns, parameter)] : []),
  ];
  const terms = order.map((term) => ({ ...column(columns, term.field), ...term }));
  return {
    where: where.map((one) => ` AND ${one}`).join(''),
    orderBy: terms.map(({ sql, descending }) => `${sql}${descending ? ' DESC' : ''}`).join(', '),
    position: `ARRAY[${terms.map(({ sql }) => `(${sql})::text`).join(', ')}]`,
  };
}

function column(columns: Columns, name: string): Column {
  const found = columns[name];
  if (!found) throw new Error(`the list has no column ${name}`);
  return found;
}

type Parameter = (value: unknown) => string;

function afterSql(
  order: readonly SortTerm[],
  after: readonly string[],
  columns: Columns,
  parameter: Parameter,
): string {
  const terms = order.map(({ field, descending }, index) => {
    const { sql, type } = column(columns, field);
    return { sql, descending, value: `${parameter(after[index] ?? null)}::${type}` };
  });
  const [first] = terms;
  // One direction: a row comparison, which an index serves. Else spelled out.
  if (terms.every(({ descending }) => descending === first?.descending)) {
    const list = (of: 'sql' | 'value') => terms.map((term) => term[of]).join(', ');
    return `(${list('sql')}) ${first?.descending ? '<' : '>'} (${list('value')})`;
  }
  const beyond = terms.map(({ sql, descending, value }, index) =>
    [
      ...terms.slice(0, index).map((before) => `${before.sql} = ${before.value}`),
      `${sql} ${descending ? '<' : '>'} ${value}`,
    ].join(' AND '),
  );
  return `(${beyond.map((one) => `(${one})`).join(' OR ')})`;
}

function conditionSql(condition: Condition, columns: Columns, parameter: Parameter): string {
  switch (condition.op) {
    case 'never':
      return 'false';
    case 'not':
      // IS NOT TRUE: a row without the value does not match it either.
      return `(${conditionSql(condition.one, columns, parameter)}) IS NOT TRUE`;
    case 'and':
    case 'or': {
      const parts = condition.all.map((one) => conditionSql(one, columns, parameter));
      if (parts.length === 0) return condition.op === 'and' ? 'true' : 'false';
      return `(${parts.join(condition.op === 'and' ? ' AND ' : ' OR ')})`;
    }
    default:
      return comparisonSql(condition, columns, parameter);
  }
}

function comparisonSql(
  { op, field, key, value }: Extract<Condition, { readonly field: string }>,
  columns: Columns,
  parameter: Parameter,
): string {
  const { sql, type } = column(columns, field);
  if (type === 'map') {
    if (op === 'exists') return `${value === true ? '' : 'NOT '}${sql} ? ${parameter(key)}`;
    // Maps are indexed where they are not empty.
    const holds = (one: Value) =>
      `(${sql} <> '{}' AND ${sql} @> ${parameter(JSON.stringify({ [key ?? '']: one }))}::jsonb)`;
    if (op === 'match') return holds(value as Value);
    if (op === 'in') return `(${(value as Value[]).map(holds).join(' OR ') || 'false'})`;
    return `${sql} ->> ${parameter(key)} ${OPERATORS[op]} ${parameter(value)}`;
  }
  if (op === 'exists') return `${sql} IS ${value === true ? 'NOT ' : ''}NULL`;
  if (op === 'in') return `${sql} = ANY(${parameter(value)}::${type}[])`;
  return `${sql} ${OPERATORS[op]} ${parameter(value)}::${type}`;
}
