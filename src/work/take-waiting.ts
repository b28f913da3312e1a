// Before a server stops listening: takes the connections that clients have opened already and that wait to be accepted.
// Left behind, each would be reset, and its client could not know whether its request had an effect.
import type { Server } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Node accepts one connection a turn of the event loop; a turn later its request is read. */
const QUIET_TURNS = 3;
/** As many as may wait (the default backlog); more may keep coming. */
const TURNS_MAX = 512;

export async function takeWaiting(server: Server): Promise<void> {
  let turn = 0;
  let lastArrival = 0;
  const arrived = () => {
    lastArrival = turn;
  };
  server.on('connection', arrived);
  for (; turn < TURNS_MAX && turn - lastArrival < QUIET_TURNS; turn += 1) await nextTurn();
  server.off('connection', arrived);
}
