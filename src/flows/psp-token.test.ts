import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../test/database.ts';
import type { AccessToken, TokenWish } from '../connectors/contract.ts';
import { systemRandom } from '../kernel/ports.ts';
import { type Db, openDb } from '../store/db.ts';
import { openKeyRing } from '../vault/key-ring.ts';
import { sharedTokens } from './psp-token.ts';

const keyRing = openKeyRing(systemRandom.bytes(32).toString('base64'));
const clock = {
  aheadMs: 0,
  nowMs() {
    return Date.now() + this.aheadMs;
  },
};
let database: Awaited<ReturnType<typeof testDatabase>>;
const opened: Db[] = [];

beforeAll(async () => {
  database = await testDatabase();
  const db = openProcess();
  await db.run({ name: 'o', text: INSERT_ORGANIZATION }, []);
  await db.run({ name: 'e', text: INSERT_ENVIRONMENT }, []);
});
afterAll(async () => {
  await Promise.all(opened.map((db) => db.close()));
  await database.close();
});

const INSERT_ORGANIZATION = `INSERT INTO organizations (id, name, brand_id, created_at) VALUES ('org_1', 'Acme', 'brn_1', now())`;
const INSERT_ENVIRONMENT = `INSERT INTO environments (id, organization_id, mode, created_at) VALUES ('env_1', 'org_1', 'sandbox', now())`;

/** Another process, as far as the database can tell. */
function openProcess(): Db {
  const db = openDb({
    connection: { connectionString: database.connectionString },
    maxConnections: 2,
  });
  opened.push(db);
  return db;
}

function tokensOf(db: Db, provider = 'mpesa') {
  return sharedTokens({ db, keyRing, ports: { clock, random: systemRandom } }, 'env_1', provider);
}

/** A PSP at which a new token ends the one before. */
class Psp {
  issued = 0;
  atOnce = 0;
  most = 0;
  current = '';
  readonly of: string;

  constructor() {
    this.of = systemRandom.bytes(8).toString('hex');
  }

  wish(more: Partial<TokenWish<string>> = {}): TokenWish<string> {
    return { of: [this.of, 'secret'], fetch: () => this.#fetch(), ...more };
  }

  async #fetch(): Promise<AccessToken> {
    this.atOnce += 1;
    this.most = Math.max(this.most, this.atOnce);
    await new Promise((resolve) => setTimeout(resolve, 30));
    this.atOnce -= 1;
    this.issued += 1;
    this.current = `token-${this.of}-${this.issued}`;
    return { token: this.current, expiresInS: 3600 };
  }
}

describe('the token of a PSP that has only one', () => {
  it('is fetched once, however many processes and calls want it at the same time', async () => {
    const psp = new Psp();
    const processes = [openProcess(), openProcess(), openProcess()];
    const wanted = processes.flatMap((db) =>
      Array.from({ length: 5 }, () => tokensOf(db)(psp.wish())),
    );
    const got = await Promise.all(wanted);
    expect(new Set(got.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify({ token: psp.current })]),
    );
    expect(psp.issued).toBe(1);
  });

  it('is replaced once when the PSP has refused it, and by no process that has seen the new one', async () => {
    const psp = new Psp();
    const [one, other] = [openProcess(), openProcess()];
    await tokensOf(one)(psp.wish());
    await tokensOf(other)(psp.wish());
    const refused = psp.current;
    const got = await Promise.all(
      [one, other, one, other].map((db) => tokensOf(db)(psp.wish({ refused }))),
    );
    expect(psp.issued).toBe(2);
    for (const answer of got) expect(answer).toEqual({ token: psp.current });
    // The other process still remembers the old one: told that it is refused, it finds the new one.
    expect(await tokensOf(other)(psp.wish({ refused }))).toEqual({ token: psp.current });
    expect(psp.issued).toBe(2);
  });

  it('is renewed before it ends, by one process', async () => {
    const psp = new Psp();
    const [one, other] = [openProcess(), openProcess()];
    await tokensOf(one)(psp.wish());
    await tokensOf(other)(psp.wish());
    clock.aheadMs += 3_541_000;
    await Promise.all([one, other].map((db) => tokensOf(db)(psp.wish())));
    expect(psp.issued).toBe(2);
    expect(psp.most).toBe(1);
  });

  it('is fetched anew to check credentials, and shared from then on', async () => {
    const psp = new Psp();
    const [one, other] = [openProcess(), openProcess()];
    await tokensOf(one)(psp.wish());
    expect(await tokensOf(one)(psp.wish({ renew: true }))).toEqual({ token: psp.current });
    expect(psp.issued).toBe(2);
    expect(await tokensOf(other)(psp.wish())).toEqual({ token: psp.current });
    expect(psp.issued).toBe(2);
  });

  it('is not kept when there is none, and is asked for again', async () => {
    const psp = new Psp();
    const db = openProcess();
    const fails = { ...psp.wish(), fetch: async () => ({ failure: 'refused' }) };
    expect(await tokensOf(db)(fails)).toEqual({ failure: 'refused' });
    const throws = { ...psp.wish(), fetch: () => Promise.reject(new Error('no line')) };
    await expect(tokensOf(db)(throws)).rejects.toThrow('no line');
    expect(await tokensOf(db)(psp.wish())).toEqual({ token: psp.current });
  });

  it('is fetched by another process when the one that wanted to has died', async () => {
    const psp = new Psp();
    const [dead, alive] = [openProcess(), openProcess()];
    void tokensOf(dead)({ ...psp.wish(), fetch: () => new Promise(() => {}) });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const waiting = tokensOf(alive)(psp.wish());
    clock.aheadMs += 11_000;
    expect(await waiting).toEqual({ token: psp.current });
  });

  it("is another for other credentials and for another provider's", async () => {
    const psp = new Psp();
    const db = openProcess();
    await tokensOf(db)(psp.wish());
    await tokensOf(db)(psp.wish({ of: [psp.of, 'changed'] }));
    await tokensOf(db, 'monnify')(psp.wish());
    expect(psp.issued).toBe(3);
  });

  it('is sealed in the database', async () => {
    const psp = new Psp();
    const db = openProcess();
    await tokensOf(db)(psp.wish());
    const rows = await db.run({ name: 'all', text: 'SELECT * FROM psp_tokens' }, []);
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(psp.current);
    expect(JSON.stringify(rows)).not.toContain(psp.of);
  });
});
