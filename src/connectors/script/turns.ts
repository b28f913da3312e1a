// Waiting rooms, one for each tenant, who take turns: however much one of them wants, the next place is for another.

export class Turns<T> {
  readonly #roomMax: number;
  /** Whose turn it is comes first. */
  readonly #rooms = new Map<string, T[]>();

  constructor(roomMax: number) {
    this.#roomMax = roomMax;
  }

  /** False when the tenant's room is full. */
  push(tenant: string, item: T): boolean {
    const room = this.#rooms.get(tenant) ?? [];
    if (room.length >= this.#roomMax) return false;
    room.push(item);
    this.#rooms.set(tenant, room);
    return true;
  }

  /** The next item of the first tenant in turn who may have a place. */
  next(mayHave: (tenant: string) => boolean): T | null {
    for (const [tenant, room] of this.#rooms) {
      if (!mayHave(tenant)) continue;
      const item = room.shift()!;
      this.#rooms.delete(tenant);
      if (room.length > 0) this.#rooms.set(tenant, room);
      return item;
    }
    return null;
  }

  /** Everything that waits, taken out. */
  drain(): T[] {
    const all = [...this.#rooms.values()].flat();
    this.#rooms.clear();
    return all;
  }
}
