// `switchyard migrate`: brings the database up to date. `start` does the same; this is for those who want it before.
import { Command } from 'commander';
import { readConfig } from '../config.ts';
import { migrate } from '../store/migrate.ts';
import { joinDatabase } from '../store/provide-database.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database up to date (start does this by itself)')
    .addHelpText(
      'after',
      `
Works on DATABASE_URL, or on the bundled database in SWITCHYARD_DATA_DIR. Several processes may
run it at once: one works, the others wait. The user of DATABASE_URL must be allowed to create tables.`,
    )
    .action(async () => {
      const database = await joinDatabase(readConfig(process.env), () => {});
      try {
        const applied = await migrate(database.connection);
        const lines = applied.length === 0 ? ['nothing to do'] : applied.map((n) => `applied ${n}`);
        process.stdout.write(`${lines.join('\n')}\n`);
      } finally {
        await database.stop();
      }
    });
}
