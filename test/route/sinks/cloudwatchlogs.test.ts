import { describe, expect, test } from 'vitest';
import { type LogEntry, logCalls, outcomesOf } from '../../../lib/route/sinks/cloudwatchlogs.ts';
import { words } from './events.ts';

const entry = (index: number, timestampMs: number, sizeBytes = 100): LogEntry => ({
  index,
  timestampMs,
  message: 'm',
  sizeBytes,
});
const indexes = (entries: readonly LogEntry[]) => [...logCalls(entries)].map((call) => call.map(({ index }) => index));

describe('calls of CloudWatch Logs', () => {
  test('are in order of time, and of the log where times are equal', () => {
    expect(indexes([entry(0, 30), entry(1, 10), entry(2, 30), entry(3, 20)])).toEqual([[1, 3, 0, 2]]);
  });

  test('hold 1 MiB and 10,000 events at most', () => {
    expect(indexes([entry(0, 0, 600_000), entry(1, 0, 448_576), entry(2, 0, 1)])).toEqual([[0, 1], [2]]);
    const many = indexes(Array.from({ length: 10_001 }, (_, index) => entry(index, 0, 27)));
    expect(many.map(({ length }) => length)).toEqual([10_000, 1]);
  });

  test('span less than 24 hours', () => {
    const dayMs = 24 * 60 * 60 * 1_000;
    expect(indexes([entry(0, 0), entry(1, dayMs - 1), entry(2, dayMs), entry(3, 2 * dayMs)])).toEqual([
      [0, 1],
      [2],
      [3],
    ]);
  });

  test('of nothing are none', () => {
    expect(indexes([])).toEqual([]);
  });
});

describe('what CloudWatch Logs rejected', () => {
  test('is nothing where it says nothing', () => {
    expect(words(outcomesOf(undefined, 2))).toEqual(['delivered', 'delivered']);
  });

  test('is poison, each with its reason: past the retention, too old, too new', () => {
    const outcomes = outcomesOf(
      { expiredLogEventEndIndex: 1, tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 4 },
      5,
    );
    expect(words(outcomes)).toEqual(['poison', 'poison', 'delivered', 'delivered', 'poison']);
    const reasons = outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : ''));
    expect([reasons[0], reasons[1], reasons[4]].map((one) => /retention|14 days|2 hours/.exec(one!)?.[0])).toEqual([
      'retention',
      '14 days',
      '2 hours',
    ]);
  });
});
