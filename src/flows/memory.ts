// What a process remembers between requests. It hangs on the database that it is about, so that nothing is remembered of
// one database for another, and whoever opens it anew begins with an empty memory. Only ever a matter of time saved.
import type { Db } from '../store/db.ts';

/** One of its own for each database, made when it is first asked for. */
export function memory<Kept>(make: () => Kept): (db: Db) => Kept {
  const all = new WeakMap<Db, Kept>();
  return (db) => {
    let kept = all.get(db);
    if (kept === undefined) {
      kept = make();
      all.set(db, kept);
    }
    return kept;
  };
}
