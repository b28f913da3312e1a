// What is wrong with one field of a request, before anything is stored. The path is spelled as the client spelled it.

export interface FieldProblem {
  /** `capabilities.countries[1]` */
  readonly field: string;
  readonly message: string;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks a list of strings. Null and absent are fine: Go clients send `null` for an empty list.
 * `wrong` answers a message for a bad item, or null.
 */
export function listProblems(
  value: unknown,
  field: string,
  itemsMax: number,
  wrong: (item: string) => string | null,
): FieldProblem[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [{ field, message: 'must be a list of strings' }];
  if (value.length > itemsMax) return [{ field, message: `must have at most ${itemsMax} items` }];
  return value.flatMap((item: unknown, i) => {
    const message = typeof item === 'string' ? wrong(item) : 'must be a string';
    return message === null ? [] : [{ field: `${field}[${i}]`, message }];
  });
}
