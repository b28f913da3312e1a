// What the demo promises: each step says what must have come of it, or the demo fails with what is missing.

export class DemoFailure extends Error {}

export function expectThat(condition: boolean, missing: string): asserts condition {
  if (!condition) throw new DemoFailure(missing);
}

export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  const [text, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  expectThat(text === other, `${what} is ${text}, and should be ${other}`);
}
