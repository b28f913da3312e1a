// A small language for request parameters. Stripe is strict: unknown names, missing names and wrong types are each an
// error with a code of their own (psp/stripe.md section 8). Nothing is coerced; integers are digit strings.
import { invalidRequest, type StripeError } from './errors.ts';
import { type Form, type FormValue, isForm } from './form.ts';

export type Rule<T> = (value: FormValue, path: string) => T;
type Rules = Readonly<Record<string, Rule<unknown>>>;

export type Read<Required extends Rules, Optional extends Rules> = {
  readonly [K in keyof Required]: ReturnType<Required[K]>;
} & { readonly [K in keyof Optional]?: ReturnType<Optional[K]> | undefined };

/** Rules of one request: what must be there, and what may be. `expand` is always allowed. */
export interface Shape<Required extends Rules, Optional extends Rules> {
  readonly required: Required;
  readonly optional: Optional;
}

export function shape<Required extends Rules, Optional extends Rules>(
  required: Required,
  optional: Optional,
): Shape<Required, Optional> {
  return { required, optional };
}

export function read<Required extends Rules, Optional extends Rules>(
  { required, optional }: Shape<Required, Optional>,
  form: Form,
  path = '',
): Read<Required, Optional> {
  const unknown = Object.keys(form).filter(
    (name) => !Object.hasOwn(required, name) && !Object.hasOwn(optional, name),
  );
  if (unknown.length > 0) throw unknownParameters(unknown.map((name) => below(path, name)));
  const result: Record<string, unknown> = {};
  for (const [name, rule] of [...Object.entries(required), ...Object.entries(optional)]) {
    const value = form[name];
    if (value === undefined) {
      if (Object.hasOwn(required, name)) throw missing(below(path, name));
      continue;
    }
    result[name] = rule(value, below(path, name));
  }
  return result as Read<Required, Optional>;
}

export function missing(path: string): StripeError {
  return invalidRequest(`Missing required param: ${path}.`, path, 'parameter_missing');
}

export function unknownParameters(paths: string[]): StripeError {
  const shown = paths.map((path) => path.slice(0, 100));
  const noun = shown.length === 1 ? 'parameter' : 'parameters';
  return invalidRequest(
    `Received unknown ${noun}: ${shown.slice(0, 10).join(', ')}`,
    shown[0],
    'parameter_unknown',
  );
}

function below(path: string, name: string | number): string {
  return path === '' ? String(name) : `${path}[${name}]`;
}

function scalar(value: FormValue, path: string): string {
  if (typeof value === 'string') return value;
  throw invalidRequest('Invalid string', path);
}

export function text(maxLength = 5000): Rule<string> {
  return (value, path) => {
    const string = scalar(value, path);
    if (string === '') {
      throw invalidRequest(
        `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however '${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
        path,
        'parameter_invalid_empty',
      );
    }
    if (string.length > maxLength) {
      throw invalidRequest(
        `Invalid string: must be at most ${maxLength} characters`,
        path,
        'parameter_invalid_string',
      );
    }
    return string;
  };
}

/** A parameter that an empty value unsets. */
export function unsettable<T>(rule: Rule<T>): Rule<T | null> {
  return (value, path) => (value === '' ? null : rule(value, path));
}

export function integer(minimum = 0, maximum = Number.MAX_SAFE_INTEGER): Rule<number> {
  return (value, path) => {
    const string = scalar(value, path);
    if (!/^-?\d{1,16}$/.test(string) || !Number.isSafeInteger(Number(string))) {
      throw invalidRequest(
        `Invalid integer: ${string.slice(0, 100)}`,
        path,
        'parameter_invalid_integer',
      );
    }
    const number = Number(string);
    if (number < minimum || number > maximum) {
      const bound = number < minimum ? `greater than or equal to ${minimum}` : `at most ${maximum}`;
      throw invalidRequest(`This value must be ${bound}.`, path, 'parameter_invalid_integer');
    }
    return number;
  };
}

export const boolean: Rule<boolean> = (value, path) => {
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw invalidRequest(`Invalid boolean: ${scalar(value, path).slice(0, 100)}`, path);
};

export function oneOf<const Words extends readonly string[]>(...words: Words): Rule<Words[number]> {
  return (value, path) => {
    const string = scalar(value, path);
    if (words.includes(string)) return string;
    const last = words.at(-1);
    const list = words.length > 1 ? `${words.slice(0, -1).join(', ')}, or ${last}` : last;
    throw invalidRequest(
      `Invalid ${path}: must be ${words.length > 1 ? 'one of ' : ''}${list}`,
      path,
    );
  };
}

export function object<Required extends Rules, Optional extends Rules>(
  rules: Shape<Required, Optional>,
): Rule<Read<Required, Optional>> {
  return (value, path) => {
    if (!isForm(value)) throw invalidRequest('Invalid object', path);
    return read(rules, value, path);
  };
}

export function list<T>(rule: Rule<T>, maximum = 100): Rule<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw invalidRequest('Invalid array', path);
    if (value.length > maximum) {
      throw invalidRequest(`Array too long: at most ${maximum} elements`, path);
    }
    return value.map((item, index) => rule(item, below(path, index)));
  };
}

export const url: Rule<string> = (value, path) => {
  const string = text(5000)(value, path);
  if (/^https?:\/\/[^/\s]/i.test(string) && URL.canParse(string)) return string;
  throw invalidRequest('Not a valid URL', path, 'url_invalid');
};

/** Metadata: an empty value unsets one name, an empty `metadata` all of them (null). Limits: 50 names, 40 / 500 characters. */
export const metadata: Rule<Readonly<Record<string, string>> | null> = (value, path) => {
  if (value === '') return null;
  if (!isForm(value)) throw invalidRequest('Invalid object', path);
  const names = Object.keys(value);
  if (names.length > 50) throw invalidRequest('Metadata can have up to 50 keys', path);
  return Object.fromEntries(
    names.map((name) => {
      if (name.length > 40)
        throw invalidRequest('Metadata keys can have up to 40 characters', below(path, name));
      const string = scalar(value[name]!, below(path, name));
      if (string.length > 500)
        throw invalidRequest('Metadata values can have up to 500 characters', below(path, name));
      return [name, string];
    }),
  );
};

/** A parameter that changes nothing the simulator does: its form is taken as it is. */
export const ignored: Rule<FormValue> = (value) => value;

/** Connect and other parameters that move money elsewhere: refused rather than silently dropped. */
export const notSimulated: Rule<never> = (_value, path) => {
  throw invalidRequest(`The simulator does not carry out '${path}'.`, path, 'parameter_unknown');
};

/** A moment, or a range of moments (`created[gte]=`), in seconds. */
export const moment: Rule<(seconds: number) => boolean> = (value, path) => {
  if (!isForm(value)) {
    const exact = integer()(value, path);
    return (seconds) => seconds === exact;
  }
  const range = read(
    shape({}, { gt: integer(), gte: integer(), lt: integer(), lte: integer() }),
    value,
    path,
  );
  return (seconds) =>
    seconds > (range.gt ?? -1) &&
    seconds >= (range.gte ?? 0) &&
    seconds < (range.lt ?? Number.POSITIVE_INFINITY) &&
    seconds <= (range.lte ?? Number.POSITIVE_INFINITY);
};
