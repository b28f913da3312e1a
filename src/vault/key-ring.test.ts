import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../kernel/ports.ts';
import { openKeyRing } from './key-ring.ts';
import { VaultError } from './vault-error.ts';

const bytes = systemRandom.bytes(32);
const key = bytes.toString('base64');
const other = systemRandom.bytes(32).toString('base64');

function refusal(text: string): string {
  try {
    openKeyRing(text);
  } catch (error) {
    expect(error).toBeInstanceOf(VaultError);
    expect((error as VaultError).code).toBe('bad_master_key');
    return (error as VaultError).message;
  }
  throw new Error('expected a refusal');
}

describe('a key ring', () => {
  it('takes a key in base64, in the URL alphabet, and without padding', () => {
    const id = openKeyRing(key).active.id;
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(openKeyRing(bytes.toString('base64url')).active.id).toBe(id);
    expect(openKeyRing(` ${key.replace('=', '')}\n`).active.id).toBe(id);
  });

  it('names a key by a hash that never changes', () => {
    const counted = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
    expect(openKeyRing(counted.toString('base64')).active.id).toBe('e668b07c');
  });

  it('has the first key active and finds the others', () => {
    const ring = openKeyRing(`${key}, ${other}`);
    const otherId = openKeyRing(other).active.id;
    expect(ring.active.id).toBe(openKeyRing(key).active.id);
    expect(ring.find(otherId)?.id).toBe(otherId);
    expect(ring.find('00000000')).toBeNull();
  });

  it.each([
    ['nothing', '', 'the master key is empty: expected 32 bytes in base64'],
    ['a short key', 'c2hvcnQ=', 'the master key has 5 bytes: expected 32 bytes in base64'],
    ['a passphrase', 'correct horse battery', 'the master key is not base64'],
    ['a key in hexadecimal', bytes.toString('hex'), 'the master key has 48 bytes'],
    ['a long key', systemRandom.bytes(33).toString('base64'), 'the master key has 33 bytes'],
    ['a place-holder', Buffer.alloc(32).toString('base64'), 'is one byte repeated'],
    ['a bad second key', `${key},c2hvcnQ=`, 'master key 2 of 2 has 5 bytes'],
    ['an empty second key', `${key},`, 'master key 2 of 2 is empty'],
    ['the same key twice', `${key},${key}`, 'listed twice'],
  ])('refuses %s and says why', (_, text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it('never repeats what it was given in a refusal', () => {
    expect(refusal(`${key},not/base64!`)).not.toContain('not/base64!');
    expect(refusal(`${key}x,${other}`)).not.toContain(key.slice(0, 8));
  });

  it('learns of keys that came after it was opened, and forgets none', () => {
    let text: string | null = key;
    const ring = openKeyRing(key, () => text);
    const [id, otherId] = [key, other].map((one) => openKeyRing(one).active.id);
    expect(ring.find(otherId!)).toBeNull();
    text = `${other},${key}`;
    expect(ring.find(otherId!)?.id).toBe(otherId);
    expect(ring.active.id).toBe(otherId);
    text = other;
    ring.refresh();
    expect(ring.find(id!)?.id).toBe(id);
    expect(ring.ids).toEqual([otherId, id]);
    text = null;
    ring.refresh();
    expect(ring.active.id).toBe(otherId);
  });

  it('shows nothing of a key when it is printed or serialised', () => {
    const ring = openKeyRing(`${key},${other}`);
    const shown =
      inspect([ring, ring.active], { depth: 9, showHidden: true }) + JSON.stringify(ring);
    for (const secret of [key, bytes.toString('hex'), bytes.toString('base64url')])
      expect(shown).not.toContain(secret.slice(0, 8));
  });
});
