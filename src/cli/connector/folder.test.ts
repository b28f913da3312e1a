import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFolder } from './folder.ts';
import { makeFolder } from './init.ts';

let dir: string;
beforeEach(() => {
  dir = makeFolder('my-psp', join(mkdtempSync(join(tmpdir(), 'kit-')), 'my-psp'));
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

describe('a new folder', () => {
  it('has a connector of that name, its script and its tests', () => {
    const { connector, scripts, cases } = readFolder(dir);
    expect([connector.key, connector.name, connector.targetId]).toEqual([
      'my-psp',
      'My Psp',
      'ftg_my_psp',
    ]);
    expect(connector.actions.REFUND?.definitionId).toBe('fld_my_psp_refund');
    expect(Object.keys(scripts)).toEqual(['connector.js']);
    expect([...cases.keys()]).toContain('deposit.json');
    expect(readdirSync(dir)).toContain('jsconfig.json');
  });

  it('has types without anything of the server in them', () => {
    const types = readFileSync(join(dir, 'switchyard.d.ts'), 'utf8');
    expect(types).toContain('export interface StepContext');
    expect(types).toContain('export interface Sdk');
    expect(types).not.toMatch(/import|ScriptPool/);
  });

  it('is never written over', () => {
    expect(() => makeFolder('my-psp', dir)).toThrow(/is there already/);
  });

  it.each(['A B', '../x', 'x', 'ä'.repeat(3)])('is not made for the name %j', (name) => {
    expect(() => makeFolder(name, join(dir, 'inside'))).toThrow(/lower-case/);
  });
});

describe('a folder with a mistake', () => {
  const write = (file: string, text: string) => writeFileSync(join(dir, file), text);

  it.each([
    ['connector.json', '{"key":', /connector\.json is not JSON/],
    ['connector.json', '{}', /must have required property 'key'/],
    ['tests/deposit.json', '{"name":"x"}', /deposit\.json is not right/],
    ['tests/deposit.json', '[]', /must be object/],
  ])('in %s is refused, and the place is named', (file, text, sentence) => {
    write(file, text);
    expect(() => readFolder(dir)).toThrow(sentence);
  });

  it('names the script that is missing', () => {
    rmSync(join(dir, 'connector.js'));
    expect(() => readFolder(dir)).toThrow(/connector\.js cannot be read/);
  });

  it('takes no amount without all its decimals', () => {
    const file = 'tests/deposit.json';
    const text = readFileSync(join(dir, file), 'utf8');
    write(file, text.replace('"12.00"', '"12"'));
    expect(() => readFolder(dir)).toThrow(/decimal text/);
  });
});
