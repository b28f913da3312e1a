// Compares what a step came to with what was expected: only the members that the expectation names, each difference a
// sentence.

/** Empty: it is as expected. */
export function differences(actual: unknown, expected: unknown, place = ''): string[] {
  if (expected === '*')
    return actual === undefined || actual === null || actual === '' ? [`${place} is missing`] : [];
  if (typeof expected !== 'object' || expected === null)
    return actual === expected ? [] : [`${place} is ${shown(actual)}, expected ${shown(expected)}`];
  if (Array.isArray(expected)) return listDifferences(actual, expected, place);
  if (typeof actual !== 'object' || actual === null)
    return [`${place} is ${shown(actual)}, expected an object`];
  return Object.entries(expected).flatMap(([name, wanted]) =>
    differences(
      (actual as Record<string, unknown>)[name],
      wanted,
      place === '' ? name : `${place}.${name}`,
    ),
  );
}

function listDifferences(actual: unknown, expected: readonly unknown[], place: string): string[] {
  if (!Array.isArray(actual)) return [`${place} is ${shown(actual)}, expected a list`];
  if (actual.length !== expected.length)
    return [`${place} has ${actual.length} items, expected ${expected.length}`];
  return expected.flatMap((wanted, index) =>
    differences(actual[index], wanted, `${place}[${index}]`),
  );
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? 'missing').slice(0, 300);
}
