import { describe, expect, it } from 'vitest';
import { builtInScripts } from './builtin.ts';
import { readScriptConnector } from './description.ts';

const [paymaxis, sticpay] = builtInScripts();

describe('the script connectors that come with the server', () => {
  it('are Paymaxis and Sticpay, each with the text of its module', () => {
    expect([paymaxis!.connector.name, sticpay!.connector.name]).toEqual(['Paymaxis', 'Sticpay']);
    for (const { scripts } of [paymaxis!, sticpay!])
      expect(scripts['connector.js']).toContain('export async function initiate(ctx, sdk)');
  });

  it('have the ids that the published reference names', () => {
    expect(sticpay!.connector).toMatchObject({
      targetId: 'ftg_01jt2ctt8veh48mkpcx2bdeatz',
      inputSchema: { currencies: ['USD'], countries: [], paymentMethods: ['Bank'] },
      actions: {
        DEPOSIT: { definitionId: 'fld_01jt2cyyskeh48mkpkf3y9z6j3' },
        WITHDRAW: { definitionId: 'fld_01jtj66c27fexta3r0gczv1a8b' },
      },
    });
    expect(paymaxis!.connector).toMatchObject({
      targetId: 'ftg_01jwra8pvkfey9h1f71gsw1qsw',
      actions: {
        DEPOSIT: { definitionId: 'fld_01jwraa3kffey9h1f83mjfj0sv' },
        WITHDRAW: { definitionId: 'fld_01jwwmns3keh2bjgn21e7sq9nz' },
      },
    });
  });

  it('can call nobody but their PSP', () => {
    expect(paymaxis!.connector.egress).toEqual(['app.paymaxis.com', 'app-sandbox.paymaxis.com']);
    expect(sticpay!.connector.egress).toEqual(['api.sticpay.com']);
  });
});

describe('a description of a connector', () => {
  const { connector } = paymaxis!;

  it.each([
    ['a misspelt member', { ...connector, egres: [] }, /egres/],
    ['a URL as egress', { ...connector, egress: ['https://x.example'] }, /egress\.0/],
    ['a path out of the folder', withScript('../../secrets.js'), /actions\.DEPOSIT\.script/],
    ['an unknown step', withSteps(['capture']), /actions\.DEPOSIT\.steps/],
    ['no action', { ...connector, actions: {} }, /actions/],
    ['a text', 'connector', /connector\.json/],
  ])('with %s is refused, and the place is named', (_name, value, place) => {
    const read = readScriptConnector(value);
    expect('problems' in read && read.problems.join('; ')).toMatch(place);
  });

  function withScript(script: string) {
    return { ...connector, actions: { DEPOSIT: { ...connector.actions.DEPOSIT, script } } };
  }

  function withSteps(steps: string[]) {
    return { ...connector, actions: { DEPOSIT: { ...connector.actions.DEPOSIT, steps } } };
  }
});
