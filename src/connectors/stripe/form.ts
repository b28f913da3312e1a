// Stripe's request encoding: a form with brackets (`line_items[0][price_data][currency]=usd`). Fields keep the order
// in which they were given, so equal input gives equal bytes: the idempotency key demands it (psp/stripe.md section 5).

export type FormValue =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | readonly FormValue[]
  | { readonly [name: string]: FormValue };

export type Form = { readonly [name: string]: FormValue };

export function encodeForm(form: Form): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(form)) append(pairs, escapeText(name), value);
  return pairs.join('&');
}

function append(pairs: string[], name: string, value: FormValue): void {
  if (value === undefined) return;
  if (isList(value)) {
    for (const [index, item] of value.entries()) {
      append(pairs, typeof item === 'object' ? `${name}[${index}]` : `${name}[]`, item);
    }
  } else if (typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      append(pairs, `${name}[${escapeText(key)}]`, item);
    }
  } else {
    pairs.push(`${name}=${escapeText(String(value))}`);
  }
}

function isList(value: FormValue): value is readonly FormValue[] {
  return Array.isArray(value);
}

/** A lone surrogate would make encodeURIComponent throw; merchants' texts are not ours to trust. */
function escapeText(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
