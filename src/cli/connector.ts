// `switchyard connector`: writing script connectors, from the first folder to a published version.
import { Command, InvalidArgumentError, Option } from 'commander';
import { initConnector } from './connector/init.ts';
import { listVersions, pushConnector, rollBack } from './connector/push.ts';
import { testConnector } from './connector/test.ts';

export function connectorCommand(): Command {
  const connector = new Command('connector').description(
    'write, try and publish script connectors',
  );
  connector
    .command('init')
    .description('make a folder with a connector that works, and its tests')
    .argument('<name>', 'the connector’s key: lower-case letters, digits and hyphens')
    .option('--dir <path>', 'where (default: a folder of that name here)')
    .action(initConnector);
  connector
    .command('test')
    .description(
      'run the tests of a connector in the sandbox, against simulators or recorded answers',
    )
    .argument('[folder]', 'the connector’s folder', '.')
    .action(testConnector);
  onServer(
    connector
      .command('push')
      .description('test, upload, check and publish a connector')
      .argument('[folder]', 'the connector’s folder', '.')
      .option('--no-tests', 'without running its tests first'),
  ).action(pushConnector);
  onServer(
    connector
      .command('versions')
      .description('the versions of a connector on a server')
      .argument('<key>', 'the connector’s key'),
  ).action(listVersions);
  onServer(
    connector
      .command('rollback')
      .description('let new transactions run an earlier version again')
      .argument('<key>', 'the connector’s key')
      .argument('<action>', 'DEPOSIT, WITHDRAW or REFUND')
      .option('--to <version>', 'which one (default: the one before)', versionOf),
  ).action(rollBack);
  connector.addHelpText(
    'after',
    '\ndocs/connectors/authoring.md has the way from nothing to a payment.',
  );
  return connector;
}

function onServer(command: Command): Command {
  return command
    .addOption(
      new Option('--server <url>', 'the server').default(
        process.env.SWITCHYARD_PUBLIC_URL ?? 'http://127.0.0.1:8081',
      ),
    )
    .option(
      '--token <token>',
      'admin token (default: SWITCHYARD_ADMIN_TOKEN, or the data directory’s)',
    );
}

function versionOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is a number from 1 on.');
}
