import { describe, expect, it } from 'vitest';
import { newId } from '../../kernel/ids.ts';
import { systemPorts } from '../../kernel/ports.ts';
import { idOfTransaction, transactionIdIn, transactionIdOf } from './transaction.ts';

describe('transaction ids', () => {
  it.each(['pay', 'po', 'tr', 'ref'] as const)(
    'of a %s made elsewhere lead back to it',
    (prefix) => {
      const id = newId(prefix, systemPorts);
      const txnId = transactionIdOf(id);
      expect(txnId).toMatch(/^ortx[otr]?[0-9A-Za-z]{22}$/);
      expect(idOfTransaction(txnId)).toBe(id);
      expect(transactionIdIn(txnId)).toBe(txnId);
    },
  );

  it('of a Connxt client lead nowhere by themselves', () => {
    expect(idOfTransaction('ortxggdqGELpiuCQ')).toBeNull();
    expect(idOfTransaction(`ortx${'z'.repeat(22)}`)).toBeNull();
  });

  it.each([
    ['ortxggdqGELpiuCQ?foo', 'ortxggdqGELpiuCQ'],
    ['ortxggdqGELpiuCQ&x=1', 'ortxggdqGELpiuCQ'],
    ['ortxggdqGELpiu', null],
    ['xortxggdqGELpiuCQ', null],
    ['', null],
  ])('are cut out of %j', (text, id) => {
    expect(transactionIdIn(text)).toBe(id);
  });
});
