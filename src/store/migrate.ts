// Applies src/store/migrations in order, each in its own transaction, one process at a time.
// Applied files are remembered by name and hash: an edited migration stops the start instead of being ignored.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

const FOLDER = new URL('./migrations/', import.meta.url);
/** Any constant: the advisory lock that keeps two starting servers from migrating at once. */
const LOCK = 7_219_443_001;

export async function migrate(config: pg.ClientConfig): Promise<string[]> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    return await applyMissing(client);
  } finally {
    await client.end();
  }
}

async function applyMissing(client: pg.Client): Promise<string[]> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, hash text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  const done = await client.query<{ name: string; hash: string }>(
    'SELECT name, hash FROM migrations',
  );
  const known = new Map(done.rows.map(({ name, hash }) => [name, hash]));
  const applied: string[] = [];
  for (const { name, sql, hash } of files()) {
    const before = known.get(name);
    if (before === hash) continue;
    if (before !== undefined)
      throw new Error(`Migration ${name} was changed after it was applied.`);
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('INSERT INTO migrations (name, hash) VALUES ($1, $2)', [name, hash]);
    await client.query('COMMIT');
    applied.push(name);
  }
  return applied;
}

function files(): { name: string; sql: string; hash: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, FOLDER), 'utf8');
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') };
    });
}
