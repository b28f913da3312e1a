// /simulators/phone/<number>: what waits on a phone, over all simulators, and the payer's answer to it.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../kernel/ports.ts';
import type { Books } from './books.ts';
import { parseBodies } from './frame.ts';
import { readOutcome, sendPage } from './page.ts';
import type { OpenPrompt, PhonePrompts } from './phone.ts';
import { phonePage, phoneResult } from './phone-screen.ts';
import type { Simulator } from './simulator.ts';

interface Line {
  readonly name: string;
  readonly provider: string;
  readonly books: Books;
  readonly simulator: Simulator;
  readonly phone: PhonePrompts;
}

type Waiting = OpenPrompt & { readonly line: Line };

const MESSAGES = {
  success: { title: 'Paid', text: 'The payment was approved.' },
  failure: { title: 'Declined', text: 'The payment was declined.' },
  cancel: { title: 'Canceled', text: 'The prompt was dismissed.' },
} as const;

export function mountPhone(scope: FastifyInstance, lines: readonly Line[], clock: Clock): void {
  parseBodies(scope);
  const waitingOn = (number: string): Waiting[] =>
    lines.flatMap((line) => line.phone.on(number).map((prompt) => ({ ...prompt, line })));

  scope.get<{ Params: { number: string } }>('/:number', (request, reply) => {
    const { number } = request.params;
    const waiting = waitingOn(number);
    if (request.headers.accept?.includes('application/json'))
      return reply.send({ phone: number, prompts: waiting.map(publicFacts) });
    const views = waiting.map((prompt) => ({
      ...prompt,
      psp: prompt.line.name,
      prompt: prompt.id,
    }));
    return sendPage(reply, phonePage(number, views, clock.nowMs()));
  });

  scope.post<{ Params: { number: string } }>('/:number', (request, reply) => {
    const { number } = request.params;
    const show = (psp: string, title: string, text: string) =>
      phoneResult(number, clock.nowMs(), { psp, title, text });
    const outcome = readOutcome(request.body);
    if (!outcome)
      return sendPage(reply, show('Phone', 'Not understood', 'outcome is missing.'), 400);
    const { prompt: id } = request.body as { prompt?: unknown };
    const waiting = waitingOn(number);
    // Without an id the newest prompt is on top of the screen.
    const prompt = id === undefined ? waiting.at(-1) : waiting.find((other) => other.id === id);
    if (!prompt) return sendPage(reply, show('Phone', 'No prompt', 'Nothing is waiting.'), 404);
    const { books, name, phone, simulator } = prompt.line;
    books.atomically(() => {
      phone.close(prompt.key, prompt.subject);
      simulator.answerPrompt?.(prompt.key, prompt.subject, outcome);
    });
    return sendPage(reply, show(name, MESSAGES[outcome].title, MESSAGES[outcome].text));
  });
}

function publicFacts({ id, line, merchant, amount, reference }: Waiting): object {
  return { id, provider: line.provider, merchant, amount, reference };
}
