// A script target in the words of every connector's manifest, so that routing, credentials and addresses treat it alike.
import { methodKey } from '../../domain/connection/method.ts';
import type { CredentialField, Manifest, Method, Operation } from '../contract.ts';
import type { ScriptAction } from './contract.ts';
import type { ScriptVersion } from './version.ts';

export interface ScriptTarget {
  readonly code: string;
  readonly name: string;
  readonly credentialSchema: Readonly<Record<string, unknown>>;
  /** An empty list is "any". */
  readonly lists: {
    readonly currencies: readonly string[];
    readonly countries: readonly string[];
    readonly paymentMethods: readonly string[];
  };
}

const METHODS: readonly Method[] = [
  'card',
  'mobile_money',
  'bank_transfer',
  'bank',
  'ussd',
  'apple_pay',
  'google_pay',
  'qr',
  'eft',
];

const OPERATIONS: readonly (readonly [ScriptAction, Operation])[] = [
  ['DEPOSIT', 'charge'],
  ['WITHDRAW', 'payout'],
  ['REFUND', 'refund'],
];

export function scriptManifest(
  { code, name, credentialSchema, lists }: ScriptTarget,
  published: (action: ScriptAction) => ScriptVersion | null,
): Manifest {
  const settings = published('DEPOSIT')?.settings ?? published('WITHDRAW')?.settings;
  const host = `https://${settings?.egress[0] ?? 'invalid'}`;
  return {
    provider: code,
    name,
    baseUrl: { sandbox: host, live: host },
    credentials: credentialFields(credentialSchema),
    publicCredential: null,
    capabilities: {
      methods: methodsOf(lists.paymentMethods),
      countries: lists.countries.length === 0 ? 'any' : lists.countries,
      currencies: lists.currencies.length === 0 ? 'any' : lists.currencies,
      operations: OPERATIONS.filter(([action]) => published(action) !== null).map(([, one]) => one),
      partialRefund: settings?.capabilities.partialRefund ?? false,
      manualCapture: null,
      minimumMinor: {},
      maximumMinor: {},
    },
    guaranteesKey: null,
    syncScheduleS: null,
  };
}

/** A target's methods are words for people; those that no other API knows stand for all. */
function methodsOf(words: readonly string[]): readonly Method[] {
  const known = METHODS.filter((method) => words.some((word) => methodKey(word) === method));
  return known.length === 0 ? METHODS : known;
}

interface Property {
  readonly title?: unknown;
  readonly format?: unknown;
  readonly 'x-secret'?: unknown;
}

function credentialFields(schema: Readonly<Record<string, unknown>>): CredentialField[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Property>>;
  const required = new Set((schema.required ?? []) as readonly string[]);
  return Object.entries(properties).map(([name, { title, format, 'x-secret': secret }]) => ({
    name,
    required: required.has(name),
    // What nobody marked is better hidden than shown.
    secret: secret !== false && (secret === true || format === 'password' || format === undefined),
    title: typeof title === 'string' ? title : name,
  }));
}
