// Which addresses belong to the public internet. A merchant names the host that we call, so every other address (our
// own machine, its network, a cloud's metadata service) is somebody else's and is never called on a merchant's word.
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const LOOPBACK: readonly [string, number][] = [
  ['127.0.0.0', 8],
  ['::1', 128],
];
const PRIVATE: readonly [string, number][] = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
];
/** IANA's special-purpose registries. Ranges that carry an IPv4 address inside are refused whole. */
const NEVER: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** What clouds tell their own machines at addresses that look like anybody's (Azure), or like the own network's. */
const METADATA: readonly [string, number][] = [
  ['168.63.129.16', 32],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
];

export type AddressKind = 'public' | 'loopback' | 'private' | 'reserved';

const metadata = listOf(METADATA);
const lists = { loopback: listOf(LOOPBACK), private: listOf(PRIVATE), reserved: listOf(NEVER) };

function listOf(ranges: readonly [string, number][]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, isIPv4(net) ? 'ipv4' : 'ipv6');
  return list;
}

/** Of an address without brackets; anything that is none counts as reserved. */
export function kindOfAddress(address: string): AddressKind {
  const [plain = ''] = address.split('%', 1);
  const family = isIPv4(plain) ? 'ipv4' : isIPv6(plain) ? 'ipv6' : null;
  if (family === null || metadata.check(plain, family)) return 'reserved';
  // An IPv4 address in IPv6's clothes is judged as what it is: the lists do so themselves.
  for (const kind of ['loopback', 'private', 'reserved'] as const)
    if (lists[kind].check(plain, family)) return kind;
  return 'public';
}

/** Whose addresses may be called: everybody's, or on a developer's machine also its own and those of its network. */
export type Reach = 'public' | 'local';

export function mayReach(address: string, reach: Reach): boolean {
  const kind = kindOfAddress(address);
  return kind === 'public' || (reach === 'local' && kind !== 'reserved');
}
