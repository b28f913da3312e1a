// Chance that can be repeated: a number from a seed, so that a plan is the same whenever it is made again.

/** 0 < draw < 1, evenly spread over the seeds, independent between the names. */
export function draw(seed: string, ...names: readonly string[]): number {
  let hash = 0x811c9dc5; // FNV-1a, 32 bits
  for (const text of [seed, ...names]) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193); // the boundary: ('ab','c') is not ('a','bc')
  }
  // murmur3's finish: FNV alone leaves neighbouring seeds close together
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

export interface Share {
  readonly connection_id: string;
  readonly weight: number;
}

/**
 * The connections of a weighted split in the order in which this seed draws them: each comes first as often as its
 * weight says, and changing one weight moves only the payments that it must. Weight 0 is never drawn, so it is last.
 */
export function drawOrder(seed: string, ruleId: string, shares: readonly Share[]): string[] {
  return shares
    .map(({ connection_id: id, weight }) => ({
      id,
      key: weight > 0 ? -Math.log(draw(seed, ruleId, id)) / weight : Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
