// Reads one page of what a PSP itself has made and takes it in. The place is kept after the page was taken, so a poll
// that dies is done again from that page; taking an object in twice changes nothing.
import type { HistoryPage, Told } from '../../connectors/contract.ts';
import { runQuestion } from '../../connectors/run.ts';
import { findEnvironment } from '../../store/environments.ts';
import { type DuePoll, failPoll, finishSweep, turnPage } from '../../store/ingestions.ts';
import { openCall } from '../call-connector.ts';
import type { Context, Environment } from '../context.ts';
import { sourceOf, takePage } from './take.ts';

const HOUR_MS = 60 * 60_000;

/**
 * How far behind what was covered a sweep begins: lists are by creation, and an object changes after it, or shows late.
 * Refunds take days.
 */
const LOOK_BACK_MS = { payments: 24 * HOUR_MS, refunds: 10 * 24 * HOUR_MS } as const;

const FAILURES_MAX = 10;
const FIRST_RETRY_MS = 30_000;

export async function pollHistory(context: Context, poll: DuePoll): Promise<void> {
  const environment = await findEnvironment(context.db, poll.environmentId);
  if (!environment) return;
  const told = await taken(context, environment, poll);
  const nowMs = context.ports.clock.nowMs();
  if (typeof told === 'string') {
    const failures = poll.failures + 1;
    const pause = Math.min(poll.periodS * 1000, FIRST_RETRY_MS * 2 ** poll.failures);
    const nextPollAt = failures >= FAILURES_MAX ? null : nowMs + pause;
    return failPoll(context.db, poll, nextPollAt, told, nowMs);
  }
  if (told.next === null) return finishSweep(context.db, poll, nowMs);
  return turnPage(context.db, poll, told.next, nowMs);
}

/** Why the page could not be read or taken in; else where to go on. */
async function taken(
  context: Context,
  environment: Environment,
  poll: DuePoll,
): Promise<string | Pick<HistoryPage, 'next'>> {
  try {
    const configuration = await context.configurations.get(environment);
    const source = sourceOf(environment, configuration, poll);
    if (source === null) return 'the connection no longer exists';
    const opened = await openCall(context, source);
    if ('reason' in opened) return opened.reason;
    const { connector, call } = opened;
    const fromMs = Math.max(poll.since, poll.coveredTo - LOOK_BACK_MS[poll.kind]);
    const { kind, windowTo: toMs, cursor } = poll;
    const told = await runQuestion(
      async (guarded): Promise<Told<HistoryPage>> =>
        (await connector.history?.({ kind, fromMs, toMs, cursor }, guarded)) ?? {
          kind: 'refused',
          message: `${source.provider} has no history to read`,
        },
      call,
      context.ports.clock,
    );
    if (told.kind !== 'told') return told.message;
    if (told.value.next !== null && told.value.next === cursor)
      return 'the list does not go on from its cursor';
    await takePage(context, source, told.value);
    return told.value;
  } catch (error) {
    context.log.error(
      { connection: poll.connectionId, error: String(error) },
      'history was not taken',
    );
    return 'what was read could not be taken in: see the log';
  }
}
