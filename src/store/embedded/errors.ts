// What can keep the embedded database from running. Every message is a sentence for the person
// who starts the server: what is wrong and what to do. Never holds credentials.

export class EmbeddedPostgresError extends Error {
  override readonly name: string = 'EmbeddedPostgresError';
}

/** Another living server, or a Postgres that somebody started by hand, works on this directory. */
export class DataDirectoryInUse extends EmbeddedPostgresError {
  override readonly name = 'DataDirectoryInUse';
  readonly dataDir: string;

  constructor(dataDir: string, holder: string) {
    super(`${holder} is using ${dataDir}. Stop it first, or set SWITCHYARD_DATA_DIR.`);
    this.dataDir = dataDir;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
