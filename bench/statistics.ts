// The few numbers that stand for many.

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest rank; of an even number of values the median is the mean of the middle two. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new Error('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (percent === 50 && Number.isInteger(middle))
    return (sorted[middle - 1]! + sorted[middle]!) / 2;
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)]!;
}

/** The median of so many times of some work, in milliseconds. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const startedMs = performance.now();
    await work();
    took.push(performance.now() - startedMs);
  }
  return median(took);
}
