// Who is asking (psp/stripe.md section 1): a secret or restricted key as Bearer or as the user of basic
// authentication; or, for the calls that Stripe.js makes in a browser, a publishable key with a client_secret.
// A key is never repeated in an answer.
import { type StripeError, unauthorized } from './errors.ts';

export interface Caller {
  readonly key: string;
  /** A browser: may only touch the object whose client_secret it knows. */
  readonly publishable: boolean;
}

const SECRET = /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{1,200}$/;
const PUBLISHABLE = /^pk_(?:test|live)_[A-Za-z0-9_]{1,200}$/;

/** `keyParameter`: Stripe.js may send its key as the parameter `key` instead of a header. */
export function authenticate(header: string | undefined, keyParameter: unknown): Caller {
  const fromForm = typeof keyParameter === 'string' && header === undefined;
  const key = fromForm ? keyParameter : keyOf(header);
  if (key === null || key === '') {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    );
  }
  if (PUBLISHABLE.test(key)) return { key, publishable: true };
  if (SECRET.test(key) && !fromForm) return { key, publishable: false };
  throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
}

/** The key of a request for the fault rules; null when it has none. Throws nothing. */
export function callerKey(header: string | undefined): string | null {
  const key = keyOf(header);
  return key !== null && (SECRET.test(key) || PUBLISHABLE.test(key)) ? key : null;
}

export function secretKeyRequired(): StripeError {
  return unauthorized(
    'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
    'secret_key_required',
  );
}

function keyOf(header: string | undefined): string | null {
  const [, scheme, value] = /^(\S+)\s+(\S+)\s*$/.exec(header ?? '') ?? [];
  if (value === undefined) return null;
  if (scheme!.toLowerCase() === 'bearer') return value;
  if (scheme!.toLowerCase() !== 'basic') return null;
  return Buffer.from(value, 'base64').toString('utf8').split(':', 1)[0]!;
}

function masked(key: string): string {
  return /^[a-z]{2}_(?:test|live)_/.exec(key)?.[0].concat('***') ?? '***';
}
