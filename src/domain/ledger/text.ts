// Texts that become part of an id: no control characters, because Go and JavaScript write them differently in JSON
// (api/formance.md section 6).

const CONTROL = /[\p{Cc}\u2028\u2029]/u;

export function isText(value: unknown, min: number, max: number): value is string {
  return (
    typeof value === 'string' &&
    value.length >= min &&
    value.length <= max &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  );
}
