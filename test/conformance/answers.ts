// Where customers answer, at any simulator.
import type { Payment } from './payment.ts';
import type { Answer } from './subject.ts';

/** On the page that the customer was sent to. */
export const onPage: Answer = (payment, button, psps) => psps.press(pageOf(payment), button);

export function pageOf({ page }: Payment): string {
  if (page === null) throw new Error('the customer was sent to no page');
  return page;
}

/** On the phone: the prompt of this payment among all that may wait there. */
export function onPhone(number: string): Answer {
  return async (payment, button, psps) => {
    const url = `${psps.url}/simulators/phone/${encodeURIComponent(number)}`;
    const reply = await fetch(url, { headers: { accept: 'application/json' } });
    const { prompts } = (await reply.json()) as { prompts: { id: string; reference: string }[] };
    const prompt = prompts.find(({ reference }) => reference === payment.reference);
    if (!prompt) throw new Error(`nothing waits on ${number}`);
    return psps.press(url, button, { prompt: prompt.id });
  };
}
