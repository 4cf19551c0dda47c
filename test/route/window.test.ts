import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, retryAfterMs } from '../../lib/route/retry.ts';
import { Window } from '../../lib/route/window.ts';
import { seededRandom } from '../support/clock.ts';

test('the position is always the first offset that is open, or the end', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('open', 'skip', 'finish'), fc.nat(50)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.nat(1_000), steps, (start, all) => {
      const window = new Window(start);
      const open: number[] = [];
      const opened: number[] = [];
      let end = start;
      for (const [step, by] of all) {
        if (step === 'open') {
          end += by % 3;
          window.open(end);
          opened.push(end);
          open.push(end++);
        } else if (step === 'skip') {
          end += by % 3;
          window.readTo(end);
        } else if (open.length > 0) window.finish(open.splice(by % open.length, 1)[0]!);
        expect([window.position, window.end, window.idle]).toEqual([open[0] ?? end, end, open.length === 0]);
        expect(window.length).toBe(opened.filter((offset) => offset >= window.position).length);
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('pauses double up to their limit, with up to half of them left to chance', () => {
  const random = seededRandom(1);
  for (const [attempt, fullMs] of [
    [1, 100],
    [2, 200],
    [5, 1_600],
    [20, 5_000],
    [2_000, 5_000],
  ] as const) {
    const ms = backoffMs(attempt, 5_000, random);
    expect(ms).toBeGreaterThanOrEqual(fullMs / 2);
    expect(ms).toBeLessThanOrEqual(fullMs);
  }
});

test('Retry-After is seconds or a date', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(retryAfterMs('120', nowMs)).toBe(120_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:00:30 GMT', nowMs)).toBe(30_000);
  expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', nowMs)).toBe(0);
  expect(retryAfterMs('soon', nowMs)).toBeUndefined();
  expect(retryAfterMs(null, nowMs)).toBeUndefined();
});
