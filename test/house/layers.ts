// Who may import whom (DESIGN section 3), as data. A room is a top folder of src/, or a file that stands alone there.
// What a room is not given here it may not import; tests, bench and the tools outside src/ are free.

/** Rooms that each room may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  domain: ['kernel'],
  config: ['kernel'],
  observe: ['kernel', 'domain'],
  store: ['kernel', 'domain'],
  vault: ['kernel', 'domain'],
  connectors: ['kernel', 'domain'],
  simulators: ['kernel'],
  flows: ['kernel', 'domain', 'store', 'vault', 'connectors', 'observe'],
  api: ['kernel', 'domain', 'flows', 'store', 'observe', 'config'],
  work: ['kernel', 'domain', 'flows', 'store', 'observe', 'config'],
};

/** The places where the rooms are put together. */
const COMPOSITION = ['main', 'surfaces', 'cli'];

/** Folders of src/api that hold one public surface each; everything else there is shared by them. */
const SURFACES = ['reevit', 'connxt', 'formance', 'admin', 'hosted'];

/** Why `from` may not import `to`, or null when it may. Both are paths below src/ (`api/reevit/route.ts`). */
export function importFault(from: string, to: string): string | null {
  if (to === 'cli/main.ts') return 'nothing imports cli/main.ts: it is a command, not a library';
  const source = roomOf(from);
  const target = roomOf(to);
  if (source === target) return surfaceFault(from, to);
  if (COMPOSITION.includes(source)) return null;
  const allowed = MAY_IMPORT[source];
  if (!allowed)
    return `src/${source} has no place in the house: give it one in test/house/layers.ts`;
  if (allowed.includes(target)) return null;
  return `${source} may not import ${target} (DESIGN section 3); it may import ${list(allowed)}`;
}

function surfaceFault(from: string, to: string): string | null {
  const source = surfaceOf(from);
  const target = surfaceOf(to);
  if (target === null || source === target) return null;
  // The shared parts may not know the surfaces either: else one surface reaches another through them.
  return `api/${source ?? '(shared)'} may not import api/${target}: no API imports another`;
}

/** `domain/payment/status.ts` -> `domain`; `config.ts` -> `config`. */
function roomOf(path: string): string {
  return path.split('/', 1)[0]!.replace(/\.ts$/, '');
}

function surfaceOf(path: string): string | null {
  const [room, folder] = path.split('/');
  return room === 'api' && folder !== undefined && SURFACES.includes(folder) ? folder : null;
}

function list(rooms: readonly string[]): string {
  return rooms.length === 0 ? 'nothing else' : rooms.join(', ');
}
