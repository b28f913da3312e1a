import { describe, expect, it } from 'vitest';
import { kindOfAddress, mayReach } from './public-address.ts';

describe('the kind of an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['172.15.0.1', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['fd00::1', 'private'],
    ['0.0.0.0', 'reserved'],
    ['::', 'reserved'],
    ['::7f00:1', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['::ffff:169.254.169.254', 'reserved'],
    ['100.100.0.1', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['fe80::1', 'reserved'],
    ['fe80::1%eth0', 'reserved'],
    ['64:ff9b::7f00:1', 'reserved'],
    ['::ffff:0:127.0.0.1', 'reserved'],
    ['168.63.129.16', 'reserved'],
    ['168.63.129.17', 'public'],
    ['fd00:ec2::254', 'reserved'],
    ['fd20:ce::254', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['localhost', 'reserved'],
    ['', 'reserved'],
    ['127.1', 'reserved'],
    ['0x7f000001', 'reserved'],
  ])('%s is %s', (address, kind) => expect(kindOfAddress(address)).toBe(kind));

  it('lets a developer call his machine and network, and nobody a metadata service', () => {
    const reached = (reach: 'public' | 'local') =>
      ['8.8.8.8', '127.0.0.1', '10.0.0.1', '169.254.169.254'].map((one) => mayReach(one, reach));
    expect(reached('public')).toEqual([true, false, false, false]);
    expect(reached('local')).toEqual([true, true, true, false]);
  });
});
