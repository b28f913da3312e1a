// Providers whose connections can be stored and checked, but that cannot charge yet: `operations` is empty, so
// routing drops them and says why. Sources: api/reevit.md sections 6 and 7, section 1 of each psp/*.md.
import type { Capabilities, CredentialField, Manifest, Method } from './contract.ts';

type FieldOptions = Partial<Omit<CredentialField, 'name' | 'title'>>;

/** A required secret, unless the options say otherwise. */
function field(name: string, title: string, options: FieldOptions = {}): CredentialField {
  return { name, title, required: true, secret: true, ...options };
}

const PUBLIC: FieldOptions = { secret: false };
const DETAIL: FieldOptions = { required: false, secret: false };

function notYet(
  methods: readonly Method[],
  countries: readonly string[],
  currencies: readonly string[],
): Capabilities {
  return {
    methods,
    countries,
    currencies,
    operations: [],
    partialRefund: false,
    manualCapture: null,
    minimumMinor: {},
    maximumMinor: {},
  };
}

const hubtel: Manifest = {
  provider: 'hubtel',
  name: 'Hubtel',
  // One live environment; a sandbox connection is served by the simulator only (psp/hubtel.md section 1).
  baseUrl: {
    sandbox: 'https://payproxyapi.hubtel.com',
    live: 'https://payproxyapi.hubtel.com',
  },
  credentials: [
    field('client_id', 'API ID'),
    field('client_secret', 'API key', { aliases: ['secret'] }),
    field('merchant_account', 'Merchant account (POS sales id)', PUBLIC),
    field('prepaid_deposit_id', 'Prepaid deposit id, for payouts', DETAIL),
    field('ip_whitelisted', "`true` when this server's address is on Hubtel's list", DETAIL),
  ],
  publicCredential: null,
  capabilities: notYet(['mobile_money', 'card'], ['GH'], ['GHS']),
  guaranteesKey: null,
  syncScheduleS: null,
};

export const manifestsWithoutConnector: readonly Manifest[] = [hubtel];
