import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, House } from '../../../test/house-server.ts';
import { makeFirstOrganization } from '../../cli/welcome.ts';
import { builtInScripts } from '../../connectors/script/builtin.ts';
import { noScripts } from '../../connectors/script/no-pool.ts';
import { installConnector } from '../../flows/flow-catalogue/install.ts';

const scripts = {
  ...noScripts,
  check: async ({ text }: { text: string }) => ({
    ok: true as const,
    source: text,
    sha256: createHash('sha256').update(text).digest('hex'),
    exports: [],
    hosts: [],
  }),
};

let house: House;
beforeAll(async () => {
  house = await House.open({ scripts });
  for (const one of builtInScripts())
    await installConnector(house.context.flows.workshop, one, 'system');
});
afterAll(() => house?.close());

async function admin(method: string, path: string, payload?: object) {
  const reply = await house.app.inject({
    method: method as 'GET',
    url: `/admin/v1${path}`,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-actor-id': 'ama' },
    ...(payload ? { payload } : {}),
  });
  return { status: reply.statusCode, body: reply.json() };
}

const newest = async (environmentId = 'admin') =>
  (await admin('GET', `/audit?environment_id=${environmentId}&limit=1`)).body.entries[0];

/** These change nothing. */
const REHEARSALS = [
  'POST /admin/v1/environments/{environment_id}/script-runs/{id}/replay',
  'POST /admin/v1/flow-definitions/{id}/versions/{number}/dry-run',
];
/** Whose entries are looked at where they are tested with what they need. */
const ELSEWHERE = [
  'POST /admin/v1/environments/{environment_id}/endpoints/{id}/replay',
  'POST /admin/v1/environments/{environment_id}/deliveries/{id}/retry',
  'POST /admin/v1/environments/{environment_id}/payments/{id}/evidence',
  'POST /admin/v1/environments/{environment_id}/payments/{id}/refund',
  'POST /admin/v1/environments/{environment_id}/payments/{id}/void',
  'POST /admin/v1/environments/{environment_id}/payments/{id}/close-conflict',
  'PUT /admin/v1/environments/{environment_id}/connections/{id}/ingestion',
  'POST /admin/v1/reconciliation/{id}/resolve',
  'POST /admin/v1/environments/{environment_id}/transactions/{txn_id}/approval',
];

describe('the audit log', () => {
  it('begins with the first organization', async () => {
    const made = await makeFirstOrganization(house.context);
    expect(await newest()).toMatchObject({
      subject_type: 'organization',
      subject_id: made?.organization.id,
      actor_type: 'system',
      action: 'created',
    });
  });

  it('has everything that the operator changes, by whom', async () => {
    const { environments } = await house.organization();
    const of = environments[0]!.id;
    const { body: listed } = await admin('GET', '/flow-definitions');
    const definition = listed.flowDefinitions[0].id;
    const target = 'ftg_01jt2ctt8veh48mkpcx2bdeatz';
    const [handed] = builtInScripts();
    const connector = { ...handed!.connector, key: 'another', name: 'Another' };
    const { targetId: _id, ...fresh } = connector;
    const actions = Object.fromEntries(
      Object.entries(fresh.actions).map(([name, { definitionId: _own, ...one }]) => [name, one]),
    );
    const requests: readonly [string, string, object, string?][] = [
      ['POST /organizations', '/organizations', { name: 'Kofi' }],
      ['POST /flow-actions', '/flow-actions', { name: 'REVERSE', steps: ['initiate'] }],
      ['PUT /flow-targets/{id}', `/flow-targets/${target}`, { status: 'DISABLED' }],
      [
        'POST /script-connectors',
        '/script-connectors',
        { connector: { ...fresh, actions }, scripts: handed!.scripts },
      ],
      [
        'POST /flow-definitions/{id}/versions',
        `/flow-definitions/${definition}/versions`,
        { code: 'export const initiate = async () => null;' },
      ],
      [
        'POST /flow-definitions/{id}/versions/{number}/validate',
        `/flow-definitions/${definition}/versions/2/validate`,
        {},
      ],
      [
        'POST /flow-definitions/{id}/versions/{number}/publish',
        `/flow-definitions/${definition}/versions/2/publish`,
        {},
      ],
      ['POST /flow-definitions/{id}/rollback', `/flow-definitions/${definition}/rollback`, {}],
      [
        'PUT /environments/{environment_id}/conflict-policy',
        `/environments/${of}/conflict-policy`,
        { conflict_policy: 'refund_later' },
        of,
      ],
      [
        'PUT /environments/{id}/payout-policy',
        `/environments/${of}/payout-policy`,
        { approval: 'another_person' },
        of,
      ],
      [
        'PUT /environments/{environment_id}/connxt',
        `/environments/${of}/connxt`,
        { exposeMeta: true },
        of,
      ],
    ];
    for (const [route, path, body, environmentId] of requests) {
      const before = await newest(environmentId);
      const { status } = await admin(route.split(' ', 1)[0]!, path, body);
      expect([route, Math.floor(status / 100)]).toEqual([route, 2]);
      const entry = await newest(environmentId);
      expect([route, entry.actor_id, entry.position]).toEqual([
        route,
        'ama',
        (before?.position ?? 0) + 1,
      ]);
    }
    const { paths } = (await house.app.inject('/openapi/admin.json')).json();
    const changing = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    const looked = requests.map(([route]) => route.replace(' ', ' /admin/v1'));
    expect(changing.toSorted()).toEqual([...looked, ...ELSEWHERE, ...REHEARSALS].toSorted());
  });
});
