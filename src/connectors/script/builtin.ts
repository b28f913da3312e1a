// The script connectors that come with the server: what the Connxt API installs at its first start. They are files
// like those of any merchant and go through the same checks; nothing here runs them.
import { readFileSync } from 'node:fs';
import { readScriptConnector, type ScriptConnector } from './description.ts';

export interface BuiltInScript {
  readonly connector: ScriptConnector;
  /** The text of each file that `connector.actions` names. */
  readonly scripts: Readonly<Record<string, string>>;
}

const FOLDERS = ['paymaxis', 'sticpay'];

/** Reads the files anew at each call. Throws when one of ours is damaged: then the installation is. */
export function builtInScripts(): BuiltInScript[] {
  return FOLDERS.map((folder) => {
    const file = (name: string) =>
      readFileSync(new URL(`../${folder}/${name}`, import.meta.url), 'utf8');
    const read = readScriptConnector(JSON.parse(file('connector.json')));
    if ('problems' in read) throw new Error(`${folder}: ${read.problems.join('; ')}`);
    const { connector } = read;
    const names = new Set(Object.values(connector.actions).map(({ script }) => script));
    return { connector, scripts: Object.fromEntries([...names].map((name) => [name, file(name)])) };
  });
}
