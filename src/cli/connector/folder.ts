// A connector's folder: connector.json, the scripts that it names, and tests/*.json. Reading it says everything that is
// wrong with it, in sentences for the author.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScriptConnector, type ScriptConnector } from '../../connectors/script/description.ts';
import { CommandError } from '../fault.ts';
import { type Case, readCase } from './case.ts';

export interface Folder {
  readonly path: string;
  readonly connector: ScriptConnector;
  /** Texts by file name. */
  readonly scripts: Readonly<Record<string, string>>;
  /** By file name. */
  readonly cases: ReadonlyMap<string, Case>;
}

export function readFolder(path: string): Folder {
  const connector = readConnector(path);
  const names = new Set(Object.values(connector.actions).map(({ script }) => script));
  const scripts = Object.fromEntries([...names].map((name) => [name, textOf(join(path, name))]));
  return { path, connector, scripts, cases: readCases(join(path, 'tests')) };
}

function readConnector(path: string): ScriptConnector {
  const file = join(path, 'connector.json');
  const read = readScriptConnector(jsonOf(file));
  if ('connector' in read) return read.connector;
  throw new CommandError(`${file} is not right:\n${list(read.problems)}`);
}

function readCases(path: string): Map<string, Case> {
  const files = namesIn(path).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((name) => {
      const read = readCase(jsonOf(join(path, name)));
      if ('case' in read) return [name, read.case];
      throw new CommandError(`${join(path, name)} is not right:\n${list(read.problems)}`);
    }),
  );
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function jsonOf(file: string): unknown {
  const text = textOf(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${file} is not JSON: ${(error as Error).message}`);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CommandError(
      `${file} cannot be read: is this the folder of a connector? \`switchyard connector init <name>\` makes one.`,
    );
  }
}

function list(sentences: readonly string[]): string {
  return sentences.map((one) => `  ${one}`).join('\n');
}
