// Inside the sandbox: `a=1&b=2`, for bodies and for query strings.

/** What encodeURIComponent leaves as it is, and forms do not. */
const UNENCODED = /[!'()~]/g;

function part(text: string, space: '+' | '%20'): string {
  return encodeURIComponent(text)
    .replace(UNENCODED, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, space);
}

export function encodeForm(fields: Readonly<Record<string, unknown>>, space: '+' | '%20'): string {
  if (typeof fields !== 'object' || fields === null) {
    throw new TypeError('fields must be an object');
  }
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      if (typeof value === 'object' || typeof value === 'function') {
        throw new TypeError(`field ${name} must be text, a number or a boolean`);
      }
      return `${part(name, space)}=${part(String(value), space)}`;
    })
    .join('&');
}

function plain(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** In order; a name may come more than once. */
export function formPairs(text: string): [string, string][] {
  if (typeof text !== 'string') throw new TypeError('text must be a string');
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return [plain(pair), ''];
      return [plain(pair.slice(0, equals)), plain(pair.slice(equals + 1))];
    });
}

/** A name that comes twice keeps its first value. */
export function decodeForm(text: string): Record<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of formPairs(text)) if (!fields.has(name)) fields.set(name, value);
  return Object.fromEntries(fields);
}
