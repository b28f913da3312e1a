// The states of a Connxt transaction and the only moves between them, as data (connxt.md 11.1 to 11.3). A definition may
// bring a narrower map of its own; none may allow what the canonical table does not.

export const transactionStates = [
  'NEW',
  'CREATED',
  'PENDING_FOR_APPROVAL',
  'APPROVED',
  'INITIATED',
  'PG_ACCEPTED',
  'PG_REJECTED',
  'PG_SUCCESS',
  'PG_FAILED',
  'SUCCESS',
  'FAILED',
  'REJECTED',
  'ABANDONED',
  'CANCELLED',
] as const;

export type TransactionState = (typeof transactionStates)[number];

export type StateMap = Readonly<Partial<Record<TransactionState, readonly TransactionState[]>>>;

const canonicalMap: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  NEW: ['CREATED'],
  CREATED: ['INITIATED', 'PENDING_FOR_APPROVAL', 'FAILED', 'CANCELLED'],
  PENDING_FOR_APPROVAL: ['APPROVED', 'REJECTED', 'CANCELLED'],
  APPROVED: ['INITIATED', 'SUCCESS'],
  INITIATED: ['PG_ACCEPTED', 'PG_REJECTED', 'PG_SUCCESS', 'PG_FAILED', 'ABANDONED', 'FAILED'],
  PG_ACCEPTED: ['PG_SUCCESS', 'PG_FAILED', 'ABANDONED'],
  PG_SUCCESS: ['SUCCESS', 'PENDING_FOR_APPROVAL'],
  PG_FAILED: ['FAILED'],
  PG_REJECTED: ['REJECTED'],
  ABANDONED: ['PG_SUCCESS', 'PG_FAILED'],
  SUCCESS: [],
  FAILED: [],
  REJECTED: [],
  CANCELLED: [],
};

const TERMINAL: ReadonlySet<TransactionState> = new Set([
  'SUCCESS',
  'FAILED',
  'REJECTED',
  'CANCELLED',
]);

export function isTerminal(state: TransactionState): boolean {
  return TERMINAL.has(state);
}

/** The map of a definition; null: the canonical one. */
export function mapOf(configuration: Readonly<Record<string, readonly string[]>> | null): StateMap {
  return (configuration as StateMap | null) ?? canonicalMap;
}

/** The amount guard's way to a person is open in every map (connxt.md 11.5), and so is what follows on it. */
const ALWAYS: readonly (readonly [TransactionState, TransactionState])[] = [
  ['PG_SUCCESS', 'PENDING_FOR_APPROVAL'],
  ['PENDING_FOR_APPROVAL', 'APPROVED'],
  ['PENDING_FOR_APPROVAL', 'REJECTED'],
  ['APPROVED', 'SUCCESS'],
];

export function mayStep(map: StateMap, from: TransactionState, to: TransactionState): boolean {
  return (
    map[from]?.includes(to) === true || ALWAYS.some(([one, other]) => one === from && other === to)
  );
}

/** Why a map may not be published, a sentence for each reason (connxt.md 11.3). */
export function mapProblems(configuration: Readonly<Record<string, readonly string[]>>): string[] {
  const problems: string[] = [];
  for (const [from, nexts] of Object.entries(configuration)) {
    if (!isState(from)) {
      problems.push(`${from} is no state`);
      continue;
    }
    for (const to of nexts) {
      if (!isState(to)) problems.push(`${to} is no state`);
      else if (!canonicalMap[from].includes(to)) problems.push(`${from} may not lead to ${to}`);
    }
  }
  if (problems.length > 0) return problems;
  const map = configuration as StateMap;
  if (!map.NEW?.includes('CREATED')) problems.push('NEW must lead to CREATED');
  for (const state of reachable(map, 'NEW')) {
    if (isTerminal(state) || [...reachable(map, state)].some(isTerminal)) continue;
    problems.push(`${state} has no way to an end`);
  }
  return problems;
}

function isState(word: string): word is TransactionState {
  return (transactionStates as readonly string[]).includes(word);
}

function reachable(map: StateMap, from: TransactionState): Set<TransactionState> {
  const seen = new Set<TransactionState>([from]);
  for (const state of seen) for (const next of map[state] ?? []) seen.add(next);
  return seen;
}
