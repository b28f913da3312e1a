import { createServer } from 'node:net';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config.ts';
import { invalid } from '../kernel/problem.ts';
import { DataDirectoryInUse } from '../store/embedded/errors.ts';
import { VaultError } from '../vault/vault-error.ts';
import { CommandError, sentenceOf } from './fault.ts';

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('said Postgres', 0, 'error');
  error.code = code;
  return error;
}

describe('what went wrong, as one sentence', () => {
  it.each([
    [new CommandError('No.'), 'No.'],
    [new ConfigError('PORT must be a number.'), 'PORT must be a number.'],
    [new DataDirectoryInUse('/data', 'Another server'), /^Another server is using \/data\./],
    [new VaultError('bad_file', 'run chmod'), 'run chmod'],
    [invalid('missing_name', 'name must not be empty'), 'name must not be empty'],
    [databaseError('28P01'), /refuses the user of DATABASE_URL/],
    [databaseError('3D000'), /does not exist/],
    [databaseError('42501'), /may not do that/],
    [databaseError('57P03'), /try again/],
  ])('%s', (error, sentence) => {
    expect(sentenceOf(error)).toMatch(sentence);
  });

  it('a port in use is named with what to set', async () => {
    const first = createServer();
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    const { port } = first.address() as { port: number };
    const error = await new Promise((resolve) => {
      createServer().once('error', resolve).listen(port, '127.0.0.1');
    });
    expect(sentenceOf(error)).toBe(
      `127.0.0.1 port ${port} is in use by another program: stop it, or set PORT to another port.`,
    );
    first.close();
  });

  it('a database that nobody serves is named by its address, without its password', async () => {
    const client = new pg.Client('postgres://user:hunter2@127.0.0.1:1/none');
    const error = await client.connect().catch((reason: unknown) => reason);
    expect(sentenceOf(error)).toBe(
      'The database cannot be reached at 127.0.0.1 port 1: ECONNREFUSED.',
    );
  });

  it.each([new TypeError('x is not a function'), databaseError('42703'), 'text', null])(
    'a bug is not dressed up: %s',
    (error) => {
      expect(sentenceOf(error)).toBeNull();
    },
  );
});
