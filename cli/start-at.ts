import { InvalidArgumentError } from 'commander';
import type { OffsetRange } from './topic-info.ts';

/** Where reading begins in a partition. */
export type StartAt =
  | { readonly at: 'beginning' }
  | { readonly at: 'end' }
  | { readonly at: 'offset'; readonly offset: number }
  /** So many events before the end. */
  | { readonly at: 'last'; readonly count: number }
  /** The first event of that time or later. */
  | { readonly at: 'time'; readonly timeMs: number };

/**
 * Reads `beginning`, `end`, an offset, `-N` for the last N, or `@` with a time: milliseconds since 1970, or ISO 8601.
 * Source: kcat's `-o`, whose `s@` is taken too.
 *
 * @throws InvalidArgumentError
 * @example
 * parseStartAt('@2026-01-31T08:00Z'); // { at: 'time', timeMs: 1769846400000 }
 */
export function parseStartAt(text: string): StartAt {
  if (text === 'beginning' || text === 'earliest') return { at: 'beginning' };
  if (text === 'end' || text === 'latest') return { at: 'end' };
  if (/^s?@/.test(text)) return { at: 'time', timeMs: parseTime(text.slice(text.indexOf('@') + 1)) };
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) {
    return text.startsWith('-') ? { at: 'last', count: -number } : { at: 'offset', offset: number };
  }
  throw new InvalidArgumentError('Write beginning, end, an offset, -N for the last N, or @ with a time.');
}

/** Milliseconds since 1970, or ISO 8601. @throws InvalidArgumentError */
export function parseTime(text: string): number {
  const timeMs = /^\d{1,16}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(timeMs) && timeMs >= 0) return timeMs;
  throw new InvalidArgumentError('Write a time as milliseconds since 1970, or such as 2026-01-31T08:00:00Z.');
}

/** The first offset to read. A time's offset is looked up by `offsetForTime`; undefined where no event is that young. */
export async function startOffset(
  start: StartAt,
  range: OffsetRange,
  offsetForTime: (timeMs: number) => Promise<number | undefined>,
): Promise<number> {
  if (start.at === 'beginning') return range.beginning_offset;
  if (start.at === 'end') return range.end_offset;
  if (start.at === 'last') return Math.max(range.beginning_offset, range.end_offset - start.count);
  if (start.at === 'time') return (await offsetForTime(start.timeMs)) ?? range.end_offset;
  return start.offset;
}
