// Answers the requests of one step from its recorded replies, in order; nothing is sent. A request that was not
// expected, or in another order, is the test's news, not the script's: it is told afterwards.
import type { ScriptRequest, ScriptSend } from '../../connectors/script/contract.ts';
import type { Transmission } from '../../connectors/transport.ts';
import type { RecordedReply } from './case.ts';

export interface Recorded {
  readonly send: ScriptSend;
  /** What was not as recorded, once the step is over. */
  problems(): string[];
}

export function recorded(replies: readonly RecordedReply[]): Recorded {
  const wrong: string[] = [];
  let used = 0;
  return {
    send: async (request) => {
      const reply = replies[used];
      used += 1;
      const asked = `${request.method} ${request.origin}${request.path}`;
      if (reply?.to !== asked) {
        wrong.push(
          `request ${used} was ${asked}, ${reply ? `recorded: ${reply.to}` : 'and nothing is recorded for it'}`,
        );
        return { sent: 'not_sent', reason: 'not recorded' };
      }
      wrong.push(...missing(reply, request, used));
      return transmissionOf(reply);
    },
    problems: () => [
      ...wrong,
      ...(used < replies.length
        ? [`${replies.length - used} recorded replies were not asked for`]
        : []),
    ],
  };
}

function missing({ holding = [] }: RecordedReply, { body = '' }: ScriptRequest, number: number) {
  return holding
    .filter((text) => !body.includes(text))
    .map((text) => `the body of request ${number} does not hold ${JSON.stringify(text)}`);
}

function transmissionOf({
  lost,
  refused,
  status = 200,
  headers = {},
  json,
  text,
}: RecordedReply): Transmission {
  if (lost) return { sent: 'unknown', reason: 'lost, as recorded' };
  if (refused) return { sent: 'not_sent', reason: 'refused, as recorded' };
  return {
    sent: 'replied',
    status,
    headers,
    text: json === undefined ? (text ?? '') : JSON.stringify(json),
  };
}
