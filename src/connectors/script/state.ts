// A script's own `state` and the page it sent the payer to, kept where every connector keeps what it wants back at its
// next call: as texts.
import type { Json } from './contract.ts';

type PspState = Readonly<Record<string, string>>;

/** checkOutcome takes 4096 characters a value; a state may have 16 KB, which escapes may make thrice as long. */
const PART = 4000;
const PARTS = 13;
const PAGE = 'page';

export function withState(state: Json | undefined, page: string | null): Record<string, string> {
  const kept: Record<string, string> = page === null ? {} : { [PAGE]: page };
  if (state === undefined) return kept;
  // Escaped, so that no part ends within a character.
  const text = JSON.stringify(state).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // Parts that an earlier, longer state left are emptied.
  for (let i = 0; i < PARTS; i += 1) kept[`state${i}`] = text.slice(i * PART, (i + 1) * PART);
  return kept;
}

export function stateOf(kept: PspState): Json {
  const text = Array.from({ length: PARTS }, (_, i) => kept[`state${i}`] ?? '').join('');
  return text === '' ? null : (JSON.parse(text) as Json);
}

/** Where the payer was sent. */
export function pageOf(kept: PspState): string | null {
  return kept[PAGE] ?? null;
}
