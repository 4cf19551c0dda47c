import { describe, expect, test } from 'vitest';
import { envelopeOf } from '../../lib/route/envelope.ts';
import { compileTransform, TRANSFORM_LIMITS } from '../../lib/route/transform.ts';
import { seededRandom, simulatedClock } from '../support/clock.ts';

const clock = simulatedClock(Date.UTC(2026, 5, 1));
const event = envelopeOf({
  topic: 'flights',
  partition: 0,
  offset: 9,
  timestampMs: 0,
  key: Buffer.from('SFO'),
  value: Buffer.from('{"delay":61,"to":"JFK"}'),
  headers: [],
});
const transform = async (source: string) => {
  const bytes = await compileTransform(source, { clock, random: seededRandom(1) })(event);
  return bytes && Buffer.from(bytes).toString();
};

describe('a transform', () => {
  test('gives objects as JSON and strings as text', async () => {
    expect(await transform('{ "from": key, "late": value.delay }')).toBe('{"from":"SFO","late":61}');
    expect(await transform('key & "-" & value.to')).toBe('SFO-JFK');
    expect(await transform('$')).toContain('"offset":9');
  });

  test('without a result drops the event', async () => {
    expect(await transform('value.gone')).toBeUndefined();
    expect(await transform('value.delay > 100 ? value')).toBeUndefined();
  });

  test('takes time and chance from the platform', async () => {
    expect(await transform('$now("[Y]-[M01]") & " " & $millis()')).toBe(`2026-06 ${Date.UTC(2026, 5, 1)}`);
    expect(await transform('$random()')).toBe(await transform('$random()'));
  });

  test('that is no JSONata is refused with the place', () => {
    const compile = () => compileTransform('value.(', { clock, random: seededRandom(1) });
    expect(compile).toThrow(expect.objectContaining({ code: 'transform_invalid' }));
    expect(compile).toThrow('at character');
  });

  test.each([
    ['loops without end', '($f := function($n) { $f($n + 1) }; $f(0))', `${TRANSFORM_LIMITS.stepsMax} steps`],
    ['hides a loop in $eval', '$eval("($f := function($n) { $f($n + 1) }; $f(0))")', 'steps'],
    ['calls itself too deep', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', 'Stack overflow'],
    ['counts to a million', '[1..1000000]', 'sequence'],
    ['gives too much', '$pad("x", 20000000)', 'is the most'],
    ['gives a function', 'function($x) { $x }', 'function'],
    ['fails of itself', '$error("no")', 'no'],
  ])('that %s is stopped', async (_, source, why) => {
    await expect(transform(source)).rejects.toMatchObject({
      code: 'transform_failed',
      message: expect.stringContaining(why),
    });
  });

  test("stops when its time is over, by the platform's clock", async () => {
    let ms = 0;
    const slow = { ...clock, monotonicMs: () => (ms += 10) };
    const loop = compileTransform('$map([1..500], function($v) { $v * 2 })', { clock: slow, random: seededRandom(1) });
    await expect(loop(event)).rejects.toThrow(`longer than ${TRANSFORM_LIMITS.timeMsMax} ms`);
  });
});
