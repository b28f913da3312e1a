// Old v1 routes name a provider instead of a connector: its only connection is meant (api/formance.md section 2).
import { v1ProviderOf } from '../../../domain/ledger/providers.ts';
import type { Configuration, KnownConnection } from '../../../flows/configuration.ts';
import { invalidField, unknownThing } from '../envelope.ts';

export function onlyConnectionOf({ connections }: Configuration, word: string): KnownConnection {
  const provider = word.toUpperCase();
  const fits = ({ provider: own }: KnownConnection) =>
    own.toUpperCase() === provider || v1ProviderOf(own) === provider;
  const [only, another] = connections.filter(fits);
  if (!only) throw unknownThing('Connector');
  if (another) throw invalidField('Connector', 'is installed more than once: name one by its id');
  return only;
}
