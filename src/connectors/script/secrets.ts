// A run's secrets in every form they may be written in: taken out of what is shown, and replaced by names in what is
// kept for a replay, where they are put back. A value reversed or encrypted by a script is beyond anybody's reach.
import { formsOf } from '../redact.ts';

/** Shorter values would take ordinary words away (script-sandbox.md HF-7). */
const SHORTEST = 4;
const REMOVED = '[redacted]';
const OPEN = '⟦';
const OPEN_ESCAPED = '⟦⟧';

interface Form {
  readonly text: string;
  readonly name: string;
}

export class Secrets {
  readonly #forms: readonly Form[];

  constructor(values: Readonly<Record<string, string>>) {
    const forms = new Map<string, Form>();
    for (const [name, value] of Object.entries(values)) {
      if (value.length < SHORTEST) continue;
      formsOf(value).forEach((text, index) => {
        const placeholder = `${OPEN}${encodeURIComponent(name)}.${index}⟧`;
        if (text.length >= SHORTEST && !forms.has(text))
          forms.set(text, { text, name: placeholder });
      });
    }
    // Longest first: one that contains another has to go as a whole.
    this.#forms = [...forms.values()].sort((a, b) => b.text.length - a.text.length);
  }

  /** Of the longest form: what is cut before it is redacted needs so much more than it keeps. */
  get longest(): number {
    return this.#forms[0]?.text.length ?? 0;
  }

  redact(text: string): string {
    return this.#forms.reduce((rest, form) => rest.replaceAll(form.text, REMOVED), text);
  }

  /** The same text without secrets; `unseal` gives it back. */
  seal(text: string): string {
    const escaped = text.replaceAll(OPEN, OPEN_ESCAPED);
    return this.#forms.reduce(
      (rest, form) => rest.replaceAll(form.text.replaceAll(OPEN, OPEN_ESCAPED), form.name),
      escaped,
    );
  }

  unseal(text: string): string {
    return this.#forms
      .reduce(
        (rest, form) => rest.replaceAll(form.name, () => form.text.replaceAll(OPEN, OPEN_ESCAPED)),
        text,
      )
      .replaceAll(OPEN_ESCAPED, OPEN);
  }
}
