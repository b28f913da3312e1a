// Finds credentials in anything that is kept or shown, whatever they were wrapped in. Works the other way round than the
// host's redaction, which knows the wrapped forms: here every text is unwrapped and searched.

/** Every text in a value, with its path. */
function* textsIn(value: unknown, path = ''): Generator<readonly [path: string, text: string]> {
  if (typeof value === 'string') yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    yield [`${path}.(name)`, name];
    yield* textsIn(member, `${path}.${name}`);
  }
}

/** Paths at which one of the secrets can be read. */
export function leaksIn(value: unknown, secrets: readonly string[]): string[] {
  const found: string[] = [];
  for (const [path, text] of textsIn(value)) {
    const forms = unwrapped(text);
    if (secrets.some((secret) => forms.some((form) => form.includes(secret)))) found.push(path);
  }
  return found;
}

function unwrapped(text: string): string[] {
  const percent = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return [
    text,
    percent,
    percent.replaceAll('+', ' '),
    text.replace(/\\(?:u[0-9a-f]{4}|.)/gi, (sequence) => unescaped(sequence)),
    ...[...text.matchAll(/[A-Za-z0-9+/_-]{12,}/g)].flatMap(([run]) => decodedAtAnyOffset(run)),
  ];
}

function unescaped(sequence: string): string {
  try {
    return JSON.parse(`"${sequence}"`) as string;
  } catch {
    return sequence;
  }
}

/** A part of a longer base64 text begins anywhere. */
function decodedAtAnyOffset(run: string): string[] {
  return [0, 1, 2, 3].map((offset) => Buffer.from(run.slice(offset), 'base64').toString('utf8'));
}
