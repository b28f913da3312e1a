// `switchyard keys`: API keys of merchants, and the master key that seals everybody's secrets.
import { Command, Option } from 'commander';
import { createKeys } from './keys-create.ts';
import { listKeys } from './keys-list.ts';
import { rotateMaster } from './keys-rotate-master.ts';

export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys, and the rotation of the master key');
  keys
    .command('create')
    .description('make API keys and print them, once')
    .requiredOption('--organization <id or name>', 'a new name makes a new organization')
    .addOption(
      new Option('--mode <mode>', 'environment of the key, for an organization that exists')
        .choices(['sandbox', 'live'])
        .default('sandbox'),
    )
    .option(
      '--name <text>',
      'what the key is for, for an organization that exists',
      'Made by keys create',
    )
    .option('--country <code>', 'default country of a new organization (ISO 3166-1 alpha-2)')
    .addHelpText(
      'after',
      `
A new organization gets a sandbox and a live environment with keys for every API in each.
An organization that exists gets one more server key for its Reevit API.`,
    )
    .action(createKeys);
  keys
    .command('list')
    .description('organizations, environments and their Reevit keys, without secrets')
    .action(listKeys);
  keys
    .command('rotate-master')
    .description('give every stored secret a new master key, while servers run')
    .option('--drop-old', 'afterwards forget the keys that nothing needs any more')
    .addHelpText(
      'after',
      `
With the key in SWITCHYARD_DATA_DIR it makes the new key itself, and running servers follow at once.
With SWITCHYARD_MASTER_KEY the new key is put first in that setting: "new,old". Interrupted at any
point, run it again. docs/operate/rotate-keys.md has the steps, and what to do with backups.`,
    )
    .action(rotateMaster);
  return keys;
}
