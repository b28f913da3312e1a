// Reads one page of what a PSP itself has made and takes it in. The place is kept after the page was taken, so a poll
// that dies is done again from that page; taking an object in twice changes nothing.
import type { HistoryPage, Told } from '../../connectors/contract.ts';
import { manifestOf } from '../../connectors/registry.ts';
import { runQuestion } from '../../connectors/run.ts';
import { sweepFrom } from '../../domain/ledger/history.ts';
import { findEnvironment } from '../../store/environments.ts';
import { type DuePoll, failPoll, finishSweep, turnPage } from '../../store/ingestions.ts';
import { openCall } from '../call-connector.ts';
import type { Context, Environment } from '../context.ts';
import { sourceOf, takePage } from './take.ts';

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
  if (told.next === null) return finishSweep(context.db, poll, coveredBy(poll, told), nowMs);
  return turnPage(context.db, poll, told.next, nowMs);
}

/** Never back, and never beyond what the sweep set out to read. */
function coveredBy({ coveredTo, windowTo }: DuePoll, { readToMs }: HistoryPage): number {
  if (readToMs === undefined) return windowTo;
  return Math.max(coveredTo, Math.min(windowTo, readToMs ?? coveredTo));
}

/** Why the page could not be read or taken in; else where to go on. */
async function taken(
  context: Context,
  environment: Environment,
  poll: DuePoll,
): Promise<string | HistoryPage> {
  try {
    const configuration = await context.configurations.get(environment);
    const source = sourceOf(environment, configuration, poll);
    if (source === null) return 'the connection no longer exists';
    const opened = await openCall(context, source);
    if ('reason' in opened) return opened.reason;
    const { connector, call } = opened;
    const by = manifestOf(source.provider)?.history?.by ?? 'creation';
    const fromMs = sweepFrom(poll, by);
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
    await takePage(context, source, told.value, by);
    return told.value;
  } catch (error) {
    context.log.error(
      { connection: poll.connectionId, error: String(error) },
      'history was not taken',
    );
    return 'what was read could not be taken in: see the log';
  }
}
