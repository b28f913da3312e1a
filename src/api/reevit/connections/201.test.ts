import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, House } from '../../../../test/house-server.ts';
import { openFields } from '../../../vault/envelope.ts';
import { connectionRoutes } from './routes.ts';

const SECRET = 'sk_test_0123456789abcdef0123456789abcdef01234567';
const credentials = {
  secret_key: SECRET,
  public_key: 'pk_test_0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
};
const minimal = { provider: 'paystack', credentials };

let house: House;
let merchant: Client;
const saved: unknown[] = [];

beforeAll(async () => {
  house = await House.open({
    nouns: [connectionRoutes],
    onCredentialsSaved: (...what) => saved.push(what),
  });
  merchant = await house.merchant();
});
afterAll(() => house.close());

describe('a posted connection', () => {
  it('is answered with every field, the manifest filling in what was left out', async () => {
    const { status, body } = await merchant.post('/connections', minimal);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^con_[0-9a-f]{32}$/),
      provider: 'paystack',
      mode: 'sandbox',
      status: 'active',
      capabilities: {
        methods: expect.arrayContaining(['card']),
        countries: expect.arrayContaining(['GH', 'NG']),
        currencies: expect.arrayContaining(['GHS', 'NGN']),
      },
      routing_hints: { country_preference: [], method_bias: {}, fallback_only: false },
      labels: [],
      fee_structure: { percentage: 0, fixed: 0, per_method: {}, per_currency: {} },
      total_calls: 0,
      successful_calls: 0,
      failed_calls: 0,
      total_latency_ms: 0,
      last_success_at: null,
      last_failure_at: null,
      health_score: 1,
      health_status: 'unknown',
      last_validated_at: null,
      last_validation_status: '',
      last_validation_error: '',
      validation_failures: 0,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
  });

  it('keeps what was sent, as it was sent', async () => {
    const sent = {
      id: 'paystack_gh.1',
      provider: 'paystack',
      mode: 'sandbox',
      status: 'inactive',
      capabilities: { methods: ['momo', 'card'], countries: ['GH'], note: { of: 'mine' } },
      routing_hints: { country_preference: ['GH'], method_bias: { card: 'high' } },
      labels: ['primary', 'ghana-1', 'a_b'],
      fee_structure: {
        percentage: 1.95,
        fixed: 10,
        per_method: { card: { percentage: 2 } },
        per_currency: {},
      },
    };
    const { body } = await merchant.post('/connections', { ...sent, credentials });
    expect(body).toMatchObject(sent);
    expect(body.capabilities).toEqual(sent.capabilities);
    expect(body.routing_hints).toEqual(sent.routing_hints);
  });

  it('is live with a live key', async () => {
    const live = await house.merchant('live');
    const sent = {
      provider: 'Paystack',
      credentials: { secretKey: SECRET.replace('test', 'live') },
    };
    const { status, body } = await live.post('/connections', sent);
    expect([status, body.mode, body.provider]).toEqual([201, 'live', 'paystack']);
  });

  it.each([
    ['hubtel', { client_id: 'id', secret: 's', merchantAccount: '2017123' }],
    ['flutterwave', { secret_key: 'FLWSECK_TEST-0a1b2c3d4e5f60718293a4b5c6d7e8f9-X' }],
    ['monnify', { api_key: 'MK_TEST_1', secret_key: 's', contract_code: '5867418298' }],
    ['mpesa', { consumer_key: 'k', consumer_secret: 's', passkey: 'p', shortcode: '174379' }],
    [
      'stripe',
      { sk_test: 'sk_test_51Hb0a1b2c3d4e5f6g7h8', publishable_key: 'pk_test_51Hb0a1b2c3d' },
    ],
  ])('may be of provider %s', async (provider, given) => {
    const { status, body } = await merchant.post('/connections', { provider, credentials: given });
    expect([status, body.provider]).toEqual([201, provider]);
  });

  it('takes null for what Go leaves empty', async () => {
    const nothing = { capabilities: null, routing_hints: null, labels: null, fee_structure: null };
    const { status, body } = await merchant.post('/connections', { ...minimal, ...nothing });
    expect([status, body.labels]).toEqual([201, []]);
  });

  it('has its credentials sealed for its place, and tells the simulators', async () => {
    const { body } = await merchant.post('/connections', { ...minimal, id: 'sealed' });
    const rows = await house.db.run<{ sealed: string; token: string }>(
      {
        name: 'test_sealed',
        text: 'SELECT sealed_credentials AS sealed, webhook_token AS token FROM connections WHERE environment_id = $1 AND id = $2',
      },
      [merchant.environmentId, body.id],
    );
    const { sealed, token } = rows[0]!;
    expect(sealed).not.toContain(SECRET);
    const place = {
      environmentId: merchant.environmentId,
      subject: 'sealed',
      field: 'credentials',
    };
    expect(openFields(house.context.keyRing, place, sealed)).toEqual(credentials);
    expect(token).toMatch(/^[0-9A-Za-z]{26}$/);
    expect(saved).toContainEqual(['paystack', 'sandbox', credentials]);
  });

  it('appears in no answer and no log line with its credentials', async () => {
    const replies = [
      await merchant.post('/connections', { ...minimal, id: 'silent' }),
      await merchant.post('/connections', { ...minimal, id: 'silent' }),
      await merchant.get('/connections/silent'),
      await merchant.get('/connections/silent/audit'),
      await merchant.get('/connections'),
    ];
    for (const { text } of replies) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('"credentials"');
    }
    expect(house.logged.join('')).not.toContain(SECRET);
  });
});

describe('a connection posted again under its id', () => {
  it('keeps its age and what was left out, and takes the new credentials whole', async () => {
    const first = await merchant.post('/connections', {
      ...minimal,
      id: 'again',
      labels: ['one'],
      status: 'inactive',
      fee_structure: { percentage: 1 },
    });
    house.passMs(1_000);
    const other = { secret_key: SECRET.replaceAll('0', '9') };
    const second = await merchant.post('/connections', {
      provider: 'paystack',
      id: 'again',
      credentials: other,
      labels: ['two'],
    });
    expect(second.status).toBe(201);
    expect(second.body).toEqual({
      ...first.body,
      labels: ['two'],
      updated_at: expect.not.stringMatching(first.body.updated_at),
    });
    const { body } = await merchant.get('/connections');
    expect(body.connections.filter(({ id }: { id: string }) => id === 'again')).toHaveLength(1);
    const configuration = await house.context.configurations.get(await environment());
    expect(configuration.credentialsOf('again')).toEqual(other);
  });

  it('cannot become one of another provider', async () => {
    await merchant.post('/connections', { ...minimal, id: 'stays' });
    const { status, body } = await merchant.post('/connections', {
      provider: 'stripe',
      id: 'stays',
      credentials: { secret_key: 'sk_test_51Hb0a1b2c3d4e5f6g7h8' },
    });
    expect([status, body.details.field]).toEqual([400, 'provider']);
  });

  it('belongs to its environment only', async () => {
    const other = await house.merchant();
    await merchant.post('/connections', { ...minimal, id: 'shared', labels: ['mine'] });
    await other.post('/connections', { ...minimal, id: 'shared', labels: ['theirs'] });
    expect((await merchant.get('/connections/shared')).body.labels).toEqual(['mine']);
    expect((await other.get('/connections/shared')).body.labels).toEqual(['theirs']);
  });

  async function environment() {
    const { findEnvironment } = await import('../../../store/environments.ts');
    return (await findEnvironment(house.db, merchant.environmentId))!;
  }
});
