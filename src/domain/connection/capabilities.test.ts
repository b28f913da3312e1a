import { describe, expect, it } from 'vitest';
import {
  capabilitiesProblems,
  effectiveCapabilities,
  type ManifestCapabilities,
} from './capabilities.ts';

const mpesa: ManifestCapabilities = {
  methods: ['mobile_money', 'bank'],
  countries: ['KE', 'TZ'],
  currencies: ['KES'],
  operations: ['charge'],
  manualCapture: null,
  minimumMinor: {},
  maximumMinor: {},
};

describe('effectiveCapabilities', () => {
  const fromManifest = {
    methods: ['mobile_money', 'bank_transfer'],
    countries: ['KE', 'TZ'],
    currencies: ['KES'],
  };

  it.each([
    ['absent', {}],
    ['empty', { methods: [], countries: [], currencies: [] }],
    ['null', { methods: null, countries: null, currencies: null }],
  ])('takes members that are %s from the manifest', (_, declared) => {
    expect(effectiveCapabilities(declared, mpesa)).toEqual(fromManifest);
  });

  it('reads methods through the alias table and codes in any case', () => {
    const declared = { methods: ['MOMO', 'mpesa'], countries: ['ke'], currencies: ['kes'] };
    expect(effectiveCapabilities(declared, mpesa)).toEqual({
      methods: ['mobile_money'],
      countries: ['KE'],
      currencies: ['KES'],
    });
  });

  it('lets the merchant declare countries that the manifest does not list', () => {
    expect(effectiveCapabilities({ countries: ['GH'] }, mpesa).countries).toEqual(['GH']);
  });

  it('never lets a declaration add a method or currency that the connector does not speak', () => {
    const declared = { methods: ['card', 'momo'], currencies: ['USD', 'KES'] };
    const effective = effectiveCapabilities(declared, mpesa);
    expect(effective.methods).toEqual(['mobile_money']);
    expect(effective.currencies).toEqual(['KES']);
    expect(effectiveCapabilities({ methods: ['card'] }, mpesa).methods).toEqual([]);
  });

  it('narrows a manifest that takes any currency', () => {
    const any: ManifestCapabilities = { ...mpesa, currencies: 'any', countries: [] };
    expect(effectiveCapabilities({}, any)).toMatchObject({ currencies: 'any', countries: 'any' });
    expect(effectiveCapabilities({ currencies: ['GHS'] }, any).currencies).toEqual(['GHS']);
  });
});

describe('capabilitiesProblems', () => {
  it.each([
    undefined,
    null,
    {},
    { methods: ['card', 'momo', 'opay'], countries: ['GH', 'ng'], currencies: ['GHS'] },
    { methods: null, anything: 'else' },
  ])('takes %j', (value) => {
    expect(capabilitiesProblems(value)).toEqual([]);
  });

  it.each([
    [['card'], 'capabilities'],
    ['card', 'capabilities'],
    [{ methods: 'card' }, 'capabilities.methods'],
    [{ methods: ['card', ''] }, 'capabilities.methods[1]'],
    [{ methods: [7] }, 'capabilities.methods[0]'],
    [{ countries: ['GHA'] }, 'capabilities.countries[0]'],
    [{ countries: { GH: true } }, 'capabilities.countries'],
    [{ currencies: ['GHS', 'XXX'] }, 'capabilities.currencies[1]'],
    [{ methods: Array(41).fill('card') }, 'capabilities.methods'],
  ])('refuses %j and names the field', (value, field) => {
    expect(capabilitiesProblems(value).map((problem) => problem.field)).toEqual([field]);
  });
});
