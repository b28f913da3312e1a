// New secrets and the rows that remember them. The secret exists here, in one answer, and nowhere else.
import { newId, referenceOf } from '../../kernel/ids.ts';
import type { Ports } from '../../kernel/ports.ts';
import type { NewKey } from '../../store/organizations.ts';
import { hashSecret, newSecret } from '../../vault/secret.ts';
import { connxtKeyId } from '../authenticate.ts';

/** Everything that a server may do; api/reevit.md section 3. `payments:write` covers what a browser key may. */
export const serverScopes: readonly string[] = [
  'connections',
  'payments',
  'fraud',
  'webhooks',
  'subscriptions',
  'invoices',
  'api_keys',
  'workflows',
  'routing_rules',
  'customers',
  'payment_links',
  'payouts',
].flatMap((noun) => [`${noun}:read`, `${noun}:write`]);

/** What a browser key carries, and nothing else. */
export const BROWSER_SCOPE = 'checkout:write';

export interface MadeReevitKey {
  readonly id: string;
  /** `pfk_test_<id>.<secret>` */
  readonly key: string;
  readonly secretHash: Buffer;
}

export function newReevitKey(ports: Ports, mode: 'sandbox' | 'live'): MadeReevitKey {
  const id = newId('key', ports);
  const secret = newSecret(ports.random, 32);
  const word = mode === 'live' ? 'live' : 'test';
  return { id, key: `pfk_${word}_${referenceOf(id)}.${secret}`, secretHash: hashSecret(secret) };
}

/** The first keys of an environment, one for each API. */
export function firstKeys(ports: Ports, environmentId: string, mode: 'sandbox' | 'live') {
  const reevit = newReevitKey(ports, mode);
  const connxtToken = `sec_${newSecret(ports.random, 19)}`; // 26 characters, as connxt.md section 2 has them
  const formance = { id: newId('key', ports), secret: newSecret(ports.random, 32) };
  const name = 'Made with the organization';
  const rows: NewKey[] = [
    { kind: 'reevit', id: reevit.id, secretHash: reevit.secretHash, scopes: serverScopes },
    {
      kind: 'connxt',
      id: connxtKeyId(connxtToken),
      secretHash: hashSecret(connxtToken),
      scopes: [],
    },
    {
      kind: 'formance',
      id: formance.id,
      secretHash: hashSecret(formance.secret),
      scopes: ['payments:read', 'payments:write'],
    },
  ].map((row) => ({ ...row, environmentId, name }) as NewKey);
  return {
    rows,
    shown: {
      reevitApiKey: reevit.key,
      connxtSecretToken: connxtToken,
      formanceClient: { clientId: formance.id, clientSecret: formance.secret },
    },
  };
}
