// Flutterwave's webhooks (psp/flutterwave.md section 4): the merchant's own secret hash, as it is, in `verif-hash`.
// Nothing binds it to the body. Without a configured hash there is no header.
import type { PspOperation } from '../faults.ts';
import type { WebhookSender } from '../webhooks.ts';

/** What the fault rules may match the event by. */
export interface About {
  readonly event: string;
  readonly operation: PspOperation;
  readonly reference: string;
  readonly minor: number;
  readonly simulate: string | null;
}

export type Emit = (key: string, body: object, about: About) => void;

export function createEmit(webhooks: WebhookSender): Emit {
  return (key, body, { event, operation, reference, minor, simulate }) =>
    webhooks.send({
      key,
      event,
      body: JSON.stringify(body),
      sign: (_body, secret) => (secret === null ? {} : { 'verif-hash': secret }),
      operation,
      reference,
      amount: String(minor),
      simulate,
    });
}

/** Accounts whose key says so get the older, flat form. */
export function isLegacy(key: string): boolean {
  return /^FLWSECK(?:_TEST)?-legacy/.test(key);
}

/** The secret hash is entered in the dashboard, not in any call. */
export function endpointOfFlutterwave(credentials: Readonly<Record<string, string>>) {
  const { secret_key: key, secret_hash: secret } = credentials;
  return key && secret ? { key, secret } : null;
}
