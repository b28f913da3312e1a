// Lists of the Connxt API: pages count from 0, newest first (connxt.md 4.1).
import { Type } from 'typebox';
import type { Clock } from '../../kernel/ports.ts';
import { success } from './envelope.ts';

export const Page = {
  page: Type.Integer({ minimum: 0, maximum: 100_000, default: 0 }),
  size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
};

export function pageOf(
  clock: Clock,
  data: readonly unknown[],
  { page, size }: { readonly page: number; readonly size: number },
  totalElements: number,
) {
  const totalPages = Math.ceil(totalElements / size);
  const pagination = {
    page,
    size,
    totalElements,
    totalPages,
    hasNext: page + 1 < totalPages,
    hasPrevious: page > 0,
  };
  return { ...success(clock, data), metadata: { pagination } };
}
