// The `sdk` that a handler is given, as types: the second argument of every step. Everything a script can do beside
// computing is here; it has no network, files, clock, randomness or timers of its own.
import type { Json, ScriptOutcome, StepContext, StepResult } from './contract.ts';

export type Bytes = Uint8Array | ArrayBuffer;
/** A string stands for its UTF-8 bytes. */
export type Data = string | Bytes;
export type Encoding = 'hex' | 'base64' | 'base64url';
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface HttpOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** A call other than GET that moves no money (a token): losing its answer is harmless. */
  readonly movesNoMoney?: boolean;
}

export interface HttpAnswer {
  /** The status is 200 … 299. */
  readonly success: boolean;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON of the answer; `{message, type}` when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a PSP's JSON is what the script makes of it
  readonly data: any;
  /** The answer's text when it is not JSON, at most 64 KB. */
  readonly text?: string;
  readonly sent: 'not_sent' | 'unknown' | 'replied';
}

export interface ResultInit {
  outcome?: ScriptOutcome;
  pspTxnId?: string;
  amount?: string;
  currency?: string;
  errorCode?: string;
  state?: Json;
  ack?: { status?: number; body?: string; contentType?: string };
}

type Call = (url: string, options?: HttpOptions) => Promise<HttpAnswer>;
type Log = (value: unknown, ...more: unknown[]) => void;
type Hash = (data: Data, encoding?: Encoding) => string;
type Codec = { encode(text: string): string; decode(text: string): string };
type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Sdk {
  /** Never reject; at most 20 calls in a run, 5 at a time. */
  readonly http: {
    readonly get: Call;
    readonly post: Call;
    readonly put: Call;
    readonly patch: Call;
    readonly delete: Call;
  };
  readonly crypto: Readonly<Record<HashName, Hash>> & {
    hmac(hash: HashName, key: Data, data: Data, encoding?: Encoding): string;
    timingSafeEqual(a: Data, b: Data): boolean;
    randomUUID(): string;
    /** `RSA-SHA256`, `RSA-PSS-SHA256`, `ECDSA-SHA256` …; the key is PEM text. */
    sign(algorithm: string, privateKey: string, data: Data, encoding?: Encoding): string;
    verify(
      algorithm: string,
      publicKey: string,
      data: Data,
      signature: string | Bytes,
      encoding?: Encoding,
    ): boolean;
    /** Keys and IVs as bytes, or as hexadecimal text. `encrypt` of GCM appends the 16 bytes of the tag. */
    readonly aesGcm: Cipher;
    readonly aesCbc: Cipher;
  };
  readonly encoding: {
    /** As btoa and atob: a character is a byte. */
    readonly base64: Codec;
    /** Without padding. */
    readonly base64url: Codec;
    readonly hex: { encode(data: Data): string; decode(text: string): Uint8Array };
    readonly utf8: { encode(text: string): Uint8Array; decode(bytes: Bytes): string };
    /** `application/x-www-form-urlencoded`; null and undefined fields are left out. */
    readonly form: { encode(fields: Fields): string; decode(text: string): Record<string, string> };
    /** As `form`, with spaces as %20. */
    readonly query: {
      encode(fields: Fields): string;
      decode(text: string): Record<string, string>;
    };
  };
  readonly logger: { readonly [level in 'debug' | 'log' | 'info' | 'warn' | 'error']: Log };
  readonly response: {
    success(data: Json, result?: ResultInit): StepResult;
    failure(message: string, status?: number, result?: ResultInit): StepResult;
    redirect(url: string, data?: Json, result?: ResultInit): StepResult;
  };
  readonly time: {
    /** Milliseconds since 1970; stands still between host calls. */
    now(): number;
    /** At most 2000 ms. */
    sleep(ms: number): Promise<void>;
  };
  /** Exact arithmetic on decimal text; nothing is ever rounded silently. */
  readonly money: {
    /** `"0010.50"` → `"10.50"`; throws when it is no amount. */
    parse(amount: string | number): string;
    add(a: string, b: string): string;
    subtract(a: string, b: string): string;
    compare(a: string, b: string): -1 | 0 | 1;
    /** Throws when digits other than 0 would be lost. */
    toFixed(amount: string, scale: number): string;
    /** `("10.50", 2)` → `"1050"`. */
    toMinor(amount: string, scale: number): string;
    fromMinor(minor: string | number, scale: number): string;
  };
  readonly webhook: {
    /** The signature of this message was checked, and how: only then is the message believed. */
    verified(by: string): void;
  };
}

interface Cipher {
  encrypt(key: Data, iv: Data, data: Data, options?: CipherOptions): string;
  /** Throws when the data was changed or the key is wrong. */
  decrypt(key: Data, iv: Data, data: string | Bytes, options?: CipherOptions): string;
}

interface CipherOptions {
  /** Of the encrypted data; `hex` by default. */
  readonly encoding?: Encoding;
  /** GCM only. */
  readonly aad?: Data;
}

export type Handler = (ctx: StepContext, sdk: Sdk) => Promise<StepResult>;
