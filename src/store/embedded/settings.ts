// How the bundled Postgres is set up: durable first, sized for a small machine. Given on its command
// line, so that nothing in the cluster's files can weaken it.

/** Marks a Postgres as one that a server of ours started. */
export const CLUSTER_NAME = 'switchyard';
/** With no TCP it only names the socket file. */
export const PORT = 5432;
export const SUPERUSER = 'switchyard';
export const DATABASE = 'switchyard';

const defaults: Record<string, string> = {
  cluster_name: CLUSTER_NAME,
  // The socket stands in the cluster's own folder (the server's working directory), mode 0700 and
  // owned by the account. Whoever can reach it can already read and change every file of the
  // database, so a password would protect nothing: pg_hba.conf says `trust` for it, and no TCP.
  listen_addresses: '',
  unix_socket_directories: '.',
  unix_socket_permissions: '0700',
  port: String(PORT),
  max_connections: '100',

  // An acknowledged payment is on the disk.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'pglz',
  checkpoint_timeout: '10min',
  min_wal_size: '128MB',
  max_wal_size: '1GB',

  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  jit: 'off',
  // Parallel queries need /dev/shm, of which containers have little, and payments need none.
  max_parallel_workers_per_gather: '0',
  // Payments are small rows in busy tables: vacuum before dead versions pile up.
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_analyze_scale_factor: '0.05',

  timezone: 'UTC',
  log_timezone: 'UTC',
  password_encryption: 'scram-sha-256',
  // Values of statements must not reach a log. The client gets each error in full anyway.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
};

export function settingArguments(overrides: Readonly<Record<string, string>>): string[] {
  return Object.entries({ ...defaults, ...overrides }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
}
