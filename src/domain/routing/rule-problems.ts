// What is wrong with the optional parts of a routing rule. The seed's own fields are checked by the API's schema.
import { isCurrency } from '../../kernel/currency.ts';
import { countryProblem } from '../connection/capabilities.ts';
import { type FieldProblem, isObject, listProblems } from '../connection/field-problem.ts';
import { methodWordProblem } from '../connection/method.ts';
import { minutesOf, weekdays } from './time-window.ts';

export interface RuleParts {
  readonly countries?: unknown;
  readonly methods?: unknown;
  readonly conditions?: unknown;
  readonly connections?: unknown;
  readonly split?: unknown;
}

const ITEMS_MAX = 1000;
const METADATA_MAX = 20;
const ARMS_MAX = 20;

export function ruleProblems(rule: RuleParts): FieldProblem[] {
  return [
    ...listProblems(rule.countries, 'countries', 300, countryProblem),
    ...listProblems(rule.methods, 'methods', 40, methodWordProblem),
    ...listProblems(rule.connections, 'connections', ARMS_MAX, filled),
    ...conditionsProblems(rule.conditions, 'conditions'),
    ...splitProblems(rule.split, 'split'),
  ];
}

function conditionsProblems(value: unknown, field: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  return [
    ...amountProblems(value.amount_min, value.amount_max, field),
    ...listProblems(value.currencies, `${field}.currencies`, 300, (code) =>
      isCurrency(code.toUpperCase()) ? null : 'is not an ISO 4217 currency',
    ),
    ...listProblems(value.bins, `${field}.bins`, ITEMS_MAX, (bin) =>
      /^\d{4,8}$/.test(bin) ? null : 'must be the first 4 to 8 digits of a card number',
    ),
    ...listProblems(value.customer_ids, `${field}.customer_ids`, ITEMS_MAX, filled),
    ...metadataProblems(value.metadata, `${field}.metadata`),
    ...timeProblems(value.time, `${field}.time`),
  ];
}

function amountProblems(min: unknown, max: unknown, field: string): FieldProblem[] {
  const problems: FieldProblem[] = [];
  for (const [name, value] of Object.entries({ amount_min: min, amount_max: max }))
    if (
      value !== undefined &&
      value !== null &&
      !(Number.isSafeInteger(value) && Number(value) >= 0)
    )
      problems.push({
        field: `${field}.${name}`,
        message: 'must be a whole number of minor units',
      });
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    problems.push({ field: `${field}.amount_max`, message: 'must not be below amount_min' });
  return problems;
}

function metadataProblems(value: unknown, field: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  const entries = Object.entries(value);
  if (entries.length > METADATA_MAX)
    return [{ field, message: `must have at most ${METADATA_MAX} keys` }];
  return entries
    .filter(([, wanted]) => !['string', 'number', 'boolean'].includes(typeof wanted))
    .map(([key]) => ({
      field: `${field}.${key.slice(0, 40)}`,
      message: 'must be a string, a number or a boolean',
    }));
}

function timeProblems(value: unknown, field: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) return [{ field, message: 'must be an object' }];
  const problems = listProblems(value.days, `${field}.days`, 7, (day) =>
    (weekdays as readonly string[]).includes(day) ? null : `must be one of ${weekdays.join(', ')}`,
  );
  const { from = '00:00', to = '24:00' } = value;
  for (const [name, time] of Object.entries({ from, to }))
    if (time !== null && (typeof time !== 'string' || minutesOf(time) === null))
      problems.push({ field: `${field}.${name}`, message: 'must be HH:MM in UTC' });
  if ((from ?? '00:00') === (to ?? '24:00'))
    problems.push({ field: `${field}.to`, message: 'must differ from from' });
  return problems;
}

function splitProblems(value: unknown, field: string): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [{ field, message: 'must be a list' }];
  if (value.length === 0) return [];
  if (value.length > ARMS_MAX) return [{ field, message: `must have at most ${ARMS_MAX} items` }];
  const seen = new Set<unknown>();
  let total = 0;
  const problems = value.flatMap((arm: unknown, i): FieldProblem[] => {
    const at = `${field}[${i}]`;
    if (!isObject(arm)) return [{ field: at, message: 'must be an object' }];
    const { connection_id: id, weight } = arm;
    if (typeof id !== 'string' || filled(id) !== null || seen.has(id))
      return [{ field: `${at}.connection_id`, message: 'must name a connection, each once' }];
    seen.add(id);
    if (typeof weight !== 'number' || !(weight >= 0 && weight <= 1_000_000))
      return [{ field: `${at}.weight`, message: 'must be a number from 0 to 1000000' }];
    total += weight;
    return [];
  });
  if (problems.length === 0 && total === 0)
    problems.push({ field, message: 'must have a weight above 0' });
  return problems;
}

function filled(text: string): string | null {
  return text.length > 0 && text.length <= 200 ? null : 'must have 1 to 200 characters';
}
