// The one spelling of a field's place in messages and `details.field`: `customer.email`, `labels[0]`.

export function memberOf(path: string, name: string): string {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return path === '' ? shown : `${path}.${shown}`;
}

export function itemOf(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** `/labels/0` (JSON pointer) -> `labels[0]`. */
export function pathOfPointer(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? itemOf(path, Number(part)) : memberOf(path, part)),
      '',
    );
}
