// Inside the sandbox: the `sdk` of every handler. Each member says what it wants of the host and frames the answer.
import type { Json } from '../contract.ts';
import type {
  Bytes,
  Data,
  Encoding,
  HashName,
  HttpAnswer,
  HttpOptions,
  ResultInit,
  Sdk,
} from '../sdk.ts';
import { decodeForm, encodeForm } from './form.ts';
import { ask, binary, bytesOf, deepFreeze, fromBinary, portable } from './host.ts';
import { money } from './money.ts';
import { pending } from './pending.ts';

const { parse, stringify } = JSON;
const HASHES = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
const TEXT_CHARACTERS_MAX = 64 * 1024;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Reply = Omit<HttpAnswer, 'data' | 'text'> & {
  readonly text: string;
  readonly problem?: { readonly message: string; readonly type: string };
};

function caller(method: Method) {
  return (url: string, options: HttpOptions = {}): Promise<HttpAnswer> => {
    const { headers, body, movesNoMoney } = options;
    if (typeof url !== 'string') throw new TypeError('url must be a string');
    if (body !== undefined && body !== null && typeof body !== 'string') {
      throw new TypeError('body must be a string: encode it (JSON.stringify, sdk.encoding.form)');
    }
    return pending<Reply, HttpAnswer>(
      'http',
      {
        method,
        url,
        headers: headers ?? {},
        body: body ?? null,
        movesNoMoney: movesNoMoney === true,
      },
      readReply,
      TOO_MANY,
    );
  };
}

const TOO_MANY: Reply = {
  success: false,
  status: 429,
  headers: {},
  text: '',
  sent: 'not_sent',
  problem: { message: 'too many calls in one run', type: 'LimitError' },
};

function readReply({ problem, text, success, status, headers, sent }: Reply): HttpAnswer {
  if (problem) return { success, status, headers, data: problem, sent };
  try {
    return { success, status, headers, data: parse(text), sent };
  } catch {
    const data = { message: 'Invalid JSON response', type: 'JSONParseError' };
    const start = text.slice(0, TEXT_CHARACTERS_MAX);
    return { success, status, headers, data, text: start, sent };
  }
}

const http: Sdk['http'] = {
  get: caller('GET'),
  post: caller('POST'),
  put: caller('PUT'),
  patch: caller('PATCH'),
  delete: caller('DELETE'),
};

function hash(name: HashName) {
  return (data: Data, encoding: Encoding = 'hex'): string =>
    ask('hash', name, portable(data, 'data'), encoding);
}

function cipher(name: 'gcm' | 'cbc') {
  type Options = { encoding?: Encoding; aad?: Data };
  const run =
    (way: 'encrypt' | 'decrypt') =>
    (key: Data, iv: Data, data: Data, options: Options = {}): string =>
      ask(
        'aes',
        name,
        way,
        portable(key, 'key'),
        portable(iv, 'iv'),
        portable(data, 'data'),
        options.encoding ?? 'hex',
        options.aad === undefined ? null : portable(options.aad, 'aad'),
      );
  return { encrypt: run('encrypt'), decrypt: run('decrypt') };
}

const hashes = {} as Record<HashName, ReturnType<typeof hash>>;
for (const name of HASHES) hashes[name] = hash(name);

const crypto: Sdk['crypto'] = {
  ...hashes,
  hmac: (name, key, data, encoding = 'hex') =>
    ask('hmac', name, portable(key, 'key'), portable(data, 'data'), encoding),
  timingSafeEqual: (a, b) => ask('equal', portable(a, 'a'), portable(b, 'b')),
  randomUUID: () => ask('uuid'),
  sign: (algorithm, key, data, encoding = 'base64') =>
    ask('sign', algorithm, key, portable(data, 'data'), encoding),
  verify: (algorithm, key, data, signature, encoding = 'base64') =>
    ask(
      'verify',
      algorithm,
      key,
      portable(data, 'data'),
      portable(signature, 'signature'),
      encoding,
    ),
  aesGcm: cipher('gcm'),
  aesCbc: cipher('cbc'),
};

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError('text must be a string');
  return value;
};

export const encoding: Sdk['encoding'] = {
  base64: {
    encode: (value) => ask('encode', 'base64', text(value)),
    decode: (value) => ask('decode', 'base64', text(value)),
  },
  base64url: {
    encode: (value) => ask('encode', 'base64url', text(value)),
    decode: (value) => ask('decode', 'base64url', text(value)),
  },
  hex: {
    encode: (data) => ask('encode', 'hex', portable(data, 'data')),
    decode: (value) => fromBinary(ask('decode', 'hex', text(value))),
  },
  utf8: {
    encode: (value) => fromBinary(ask('utf8.encode', text(value))),
    decode: (bytes: Bytes) => ask('utf8.decode', binary(bytesOf(bytes, 'bytes'))),
  },
  form: { encode: (fields) => encodeForm(fields, '+'), decode: decodeForm },
  query: { encode: (fields) => encodeForm(fields, '%20'), decode: decodeForm },
};

/** JSON text of the value; with more values, of the array of them all (connxt.md 9.4). */
function logAt(level: string) {
  return (value: unknown, ...more: unknown[]): void => {
    let message: string;
    try {
      message = stringify(more.length > 0 ? [value, ...more] : value) ?? 'null';
    } catch {
      message = '"[not JSON]"';
    }
    ask('log', level, message);
  };
}

export const logger: Sdk['logger'] = {
  debug: logAt('debug'),
  log: logAt('info'),
  info: logAt('info'),
  warn: logAt('warn'),
  error: logAt('error'),
};

const response: Sdk['response'] = {
  success: (data: Json, result: ResultInit = {}) => ({ ...result, __type: 'success', data }),
  failure: (message, status = 400, result: ResultInit = {}) => ({
    ...result,
    __type: 'failure',
    message,
    status,
  }),
  redirect: (url, data = {}, result: ResultInit = {}) => ({
    ...result,
    __type: 'redirect',
    url,
    data,
  }),
};

export const sdk: Sdk = deepFreeze({
  http,
  crypto,
  encoding,
  logger,
  response,
  money,
  time: {
    now: () => ask<number>('now'),
    sleep(ms: number): Promise<void> {
      if (!(ms >= 0 && ms <= 2000)) throw new TypeError('sleep takes 0 to 2000 ms');
      return pending<null, void>('sleep', { ms }, () => undefined, null);
    },
  },
  webhook: {
    verified(by: string): void {
      ask('verified', text(by));
    },
  },
});
