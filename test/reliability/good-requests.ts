// A merchant's week in every API, as requests that are right: each is sent once, and what it answers is what later ones
// name. For tests that bend them.

/** `{name}` in a path or a text stands for what an earlier answer was remembered as. */
export interface Good {
  readonly api: 'reevit' | 'admin' | 'connxt' | 'formance' | 'generic';
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Name -> where it stands in the answer. */
  readonly remember?: Readonly<Record<string, string>>;
}

type Rest = readonly [method: string, path: string, body?: unknown, remember?: Good['remember']];

const of = (api: Good['api'], ...requests: readonly Rest[]): Good[] =>
  requests.map(([method, path, body, remember]) => ({
    api,
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(remember ? { remember } : {}),
  }));

const POST = 'POST';
const intent = { amount: 5_000, currency: 'ZAR', country: 'ZA', method: 'card' };
const beneficiary = {
  type: 'bank',
  name: 'Tunde',
  account_number: '62000000001',
  bank_code: '632005',
};
const AT = '2026-01-05T10:15:30Z';
const account = {
  connectorID: '{generic}',
  createdAt: AT,
  defaultAsset: 'USD/2',
  metadata: { a: 'b' },
};
const initiation = {
  connectorID: '{generic}',
  description: 'Salary',
  type: 'PAYOUT',
  amount: 100,
  asset: 'USD/2',
  sourceAccountID: '{inner}',
  destinationAccountID: '{outer}',
  metadata: { month: 'May' },
};
const bank = { name: 'Ada', country: 'DE', iban: 'DE89370400440532013000', metadata: {} };
const payment = {
  connectorID: '{connector}',
  createdAt: AT,
  amount: 100,
  type: 'PAY-IN',
  status: 'PENDING',
  scheme: 'visa',
  asset: 'USD/2',
};

export const GOOD: readonly Good[] = [
  ...of(
    'reevit',
    [
      POST,
      '/v1/connections',
      {
        provider: 'paystack',
        credentials: { secret_key: 'sk_test_0123456789', public_key: 'pk_test_0123456789' },
        labels: ['one'],
        capabilities: { methods: ['card', 'mobile_money'], currencies: ['ZAR', 'GHS'] },
        routing_hints: { country_preference: ['ZA'], method_bias: { card: 'high' } },
      },
      { connection: 'id' },
    ],
    ['GET', '/v1/connections?limit=10&offset=0&label=one'],
    ['GET', '/v1/connections/{connection}'],
    ['PATCH', '/v1/connections/{connection}/labels', { labels: ['two'] }],
    ['PATCH', '/v1/connections/{connection}/status', { status: 'active' }],
    [POST, '/v1/connections/{connection}/validate', {}],
    ['GET', '/v1/connections/{connection}/audit?limit=5'],
    [
      POST,
      '/v1/routing-rules',
      {
        name: 'A',
        priority: 5,
        countries: ['GH'],
        methods: ['card'],
        connection_id: '{connection}',
      },
      { rule: 'id' },
    ],
    ['PATCH', '/v1/routing-rules/{rule}', { priority: 6, enabled: true }],
    ['GET', '/v1/routing-rules/{rule}'],
    [POST, '/v1/routing/simulate', intent],
    [POST, '/v1/payments/intents', intent, { waiting: 'id', secret: 'client_secret' }],
    [POST, '/v1/payments/{waiting}/confirm-intent?client_secret={secret}', {}],
    [POST, '/v1/payments/{waiting}/confirm', {}],
    [
      POST,
      '/v1/payments/intents',
      {
        ...intent,
        payment_method: { token: 'AUTH_success' },
        customer_id: 'ama@example.com',
        reference: 'order-1',
        return_url: 'https://example.com/back',
        metadata: { order: '1' },
        policy: { prefer: ['paystack'], allowed_providers: ['paystack'] },
      },
      { paid: 'id' },
    ],
    ['PATCH', '/v1/payments/intents/{waiting}', { metadata: { order: '2' } }],
    ['GET', '/v1/payments/{paid}'],
    ['GET', `/v1/payments?limit=5&offset=0&status=succeeded&amount_min=1&from=${AT}&currency=ZAR`],
    ['GET', '/v1/payments/{paid}/explain?at=2099-01-01T00:00:00Z'],
    [POST, '/v1/payments/{paid}/refund', { amount: 10, reason: 'x' }, { refund: 'id' }],
    ['GET', '/v1/payments/refunds/{refund}'],
    ['GET', '/v1/payments/{paid}/status_history?limit=5'],
    [POST, '/v1/beneficiaries', { beneficiary }, { beneficiary: 'id' }],
    [
      POST,
      '/v1/payouts',
      {
        amount: 100,
        currency: 'ZAR',
        reference: 'out-1',
        beneficiary,
        requires_confirmation: true,
      },
      { payout: 'id' },
    ],
    [POST, '/v1/payouts/{payout}/confirm', {}],
    [
      POST,
      '/v1/payouts/bulk',
      {
        connection_id: '{connection}',
        currency: 'ZAR',
        payouts: [{ amount: 100, reference: 'out-2', beneficiary_id: '{beneficiary}' }],
      },
    ],
    ['GET', '/v1/payouts/balance?connection_id={connection}'],
    [POST, '/v1/webhooks/config', { url: 'http://127.0.0.1:9/hook' }],
    [
      POST,
      '/v1/webhooks/endpoints',
      { url: 'http://127.0.0.1:9/two', events: ['payment.succeeded'] },
      { endpoint: 'id' },
    ],
    ['PATCH', '/v1/webhooks/endpoints/{endpoint}', { url: 'http://127.0.0.1:9/three' }],
    [POST, '/v1/webhooks/endpoints/{endpoint}/rotate-secret', { overlap_hours: 1 }],
    [POST, '/v1/webhooks/endpoints/{endpoint}/replay', { from: AT, to: '2026-01-06T00:00:00Z' }],
    ['GET', '/v1/webhooks/outbound?limit=5'],
    ['GET', '/v1/events?limit=5', undefined],
    [POST, '/v1/api-keys', { name: 'K', scopes: ['payments:read'] }],
  ),
  ...of(
    'connxt',
    ['GET', '/connxt/v2/flow-types/definitions?type=PSP'],
    ['GET', '/connxt/v2/psps/{psp}'],
    [POST, '/connxt/v2/transactions', '{transaction}', { txn: 'data.txnId' }],
    ['GET', '/connxt/v2/transactions/{txn}'],
    ['GET', '/connxt/v2/transactions?page=1&limit=5'],
    [POST, '/connxt/v2/transactions/{txn}/sync', {}],
    [POST, '/connxt/v2/transactions/search', { filters: { pspId: '{psp}' }, page: 1, limit: 5 }],
  ),
  ...of(
    'formance',
    [
      POST,
      '/api/payments/connectors/DUMMY-PAY',
      { name: 'Dummy', directory: '/tmp/dummy', pollingPeriod: '30m' },
      { dummy: 'data.connectorID' },
    ],
    [
      POST,
      '/api/payments/connectors/GENERIC',
      { name: 'Generic', apiKey: 'key', endpoint: 'http://127.0.0.1:9', pollingPeriod: '30m' },
      { generic: 'data.connectorID' },
    ],
    ['GET', '/api/payments/connectors', undefined, { connector: 'data.0.connectorID' }],
    ['GET', '/api/payments/connectors/DUMMY-PAY/{dummy}/config'],
    ['GET', '/api/payments/v3/connectors/{dummy}/config'],
    [
      'PATCH',
      '/api/payments/v3/connectors/{dummy}/config',
      { name: 'Dummy2', directory: '/x', pollingPeriod: '40m', provider: 'Dummypay' },
    ],
    ['GET', '/api/payments/v3/connectors/{dummy}/schedules?pageSize=5'],
    ['GET', '/api/payments/connectors/DUMMY-PAY/{dummy}/tasks?pageSize=5'],
    [
      POST,
      '/api/payments/accounts',
      { ...account, reference: 'in', type: 'INTERNAL', accountName: 'In' },
      { inner: 'data.id' },
    ],
    [
      POST,
      '/api/payments/accounts',
      { ...account, reference: 'out', type: 'EXTERNAL', accountName: 'Out' },
      { outer: 'data.id' },
    ],
    ['GET', '/api/payments/accounts/{inner}'],
    ['GET', `/api/payments/accounts/{inner}/balances?from=${AT}&to=${AT}&asset=USD/2`],
    [POST, '/api/payments/payments', { ...payment, reference: 'txn-1' }, { recorded: 'data.id' }],
    [
      POST,
      '/api/payments/v3/payments',
      {
        reference: 'txn-2',
        connectorID: '{connector}',
        createdAt: AT,
        type: 'PAY-IN',
        initialAmount: 100,
        amount: 100,
        asset: 'USD/2',
        scheme: 'CARD_VISA',
        adjustments: [
          { reference: 'a-1', createdAt: AT, status: 'SUCCEEDED', amount: 100, asset: 'USD/2' },
        ],
      },
    ],
    ['PATCH', '/api/payments/payments/{recorded}/metadata', { a: 'b' }],
    ['GET', '/api/payments/payments/{recorded}'],
    ['GET', '/api/payments/payments?pageSize=2&sort=amount:desc'],
    [
      'GET',
      `/api/payments/v3/payments?pageSize=2&query=${encodeURIComponent('{"$match":{"status":"PENDING"}}')}`,
    ],
    [POST, '/api/payments/bank-accounts', bank, { bank: 'data.id' }],
    ['PATCH', '/api/payments/bank-accounts/{bank}/metadata', { metadata: { a: 'b' } }],
    [POST, '/api/payments/bank-accounts/{bank}/forward', { connectorID: '{generic}' }],
    [POST, '/api/payments/pools', { name: 'Pool', accountIDs: ['{inner}'] }, { pool: 'data.id' }],
    ['GET', `/api/payments/pools/{pool}/balances?at=${AT}`],
    [POST, '/api/payments/v3/pools', { name: 'Asked', query: { $match: { type: 'INTERNAL' } } }],
    [
      POST,
      '/api/payments/transfer-initiations',
      { ...initiation, reference: 'ti-1', scheduledAt: AT, validated: false },
      { transfer: 'data.id' },
    ],
    ['GET', '/api/payments/transfer-initiations/{transfer}'],
    [POST, '/api/payments/transfer-initiations/{transfer}/status', { status: 'VALIDATED' }],
    [
      POST,
      '/api/payments/v3/payment-initiations',
      { ...initiation, reference: 'pi-1', scheduledAt: '2099-01-01T00:00:00Z' },
      { initiation: 'data.paymentInitiationID' },
    ],
    ['GET', '/api/payments/v3/payment-initiations/{initiation}/adjustments'],
    [POST, '/api/payments/v3/payment-initiations/{initiation}/reject', {}],
    [
      POST,
      '/api/payments/v3/payment-service-users',
      { name: 'Kofi', contactDetails: { email: 'kofi@example.com' }, metadata: {} },
      { user: 'data' },
    ],
    [POST, '/api/payments/v3/payment-service-users/{user}/bank-accounts/{bank}', {}],
  ),
  ...of(
    'generic',
    ['GET', `/generic/accounts?pageSize=2&page=1&createdAtFrom=${AT}`],
    ['GET', '/generic/transactions?pageSize=2&page=1'],
    [
      POST,
      '/generic/payouts',
      {
        idempotencyKey: 'k-1',
        amount: '100',
        currency: 'USD/2',
        sourceAccountId: '{inner}',
        destinationAccountId: '{outer}',
      },
    ],
  ),
  ...of(
    'admin',
    [POST, '/admin/v1/organizations', { name: 'Other' }],
    ['GET', '/admin/v1/unresolved?environment_id={environment}&limit=5'],
    ['GET', '/admin/v1/audit?environment_id={environment}&limit=5'],
    ['GET', '/admin/v1/reconciliation?environment_id={environment}&status=open'],
    [
      'PUT',
      '/admin/v1/environments/{environment}/connections/{connection}/ingestion',
      { period_s: 60, since: '2026-01-01T00:00:00Z' },
    ],
    ['PUT', '/admin/v1/environments/{environment}/connxt', { strictAmounts: false }],
    ['PUT', '/admin/v1/environments/{environment}/payout-policy', { approval: 'on_request' }],
  ),
  // What was made in one is listed by all.
  ...of('reevit', ['GET', '/v1/payments?limit=50']),
  ...of('connxt', ['GET', '/connxt/v2/transactions?page=1&limit=50']),
  ...of('formance', ['GET', '/api/payments/v3/payments?pageSize=50']),
];
