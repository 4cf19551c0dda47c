import { describe, expect, test } from 'vitest';
import { BusWatch } from '../../../lib/route/sinks/event-bus.ts';
import { busOf } from '../../../lib/route/sinks/eventbridge.ts';
import { simulatedClock } from '../../support/clock.ts';

const TARGET = { target: 'event bus orders', setting: 'eventbridge.bus.name', right: 'events:PutEvents' };
const { signal } = new AbortController();

function watched(bus: string) {
  const clock = simulatedClock();
  const seen = { looks: 0, error: undefined as Error | undefined };
  const describeBus = async () => {
    seen.looks++;
    if (seen.error) throw seen.error;
  };
  return { watch: new BusWatch(busOf(bus), describeBus, clock, TARGET), clock, seen };
}

describe('the look for an event bus', () => {
  test('is made once for all who wait, and again after ten seconds', async () => {
    const { watch, clock, seen } = watched('orders');
    await Promise.all([watch.require(signal), watch.require(signal)]);
    await clock.advance(9_900);
    await watch.require(signal);
    expect(seen.looks).toBe(1);
    await clock.advance(200);
    await watch.require(signal);
    expect(seen.looks).toBe(2);
  });

  test('fails as long as the bus is not there', async () => {
    const { watch, seen } = watched('orders');
    seen.error = Object.assign(new Error('gone'), { name: 'ResourceNotFoundException' });
    await expect(watch.require(signal)).rejects.toThrow('gone');
    await expect(watch.require(signal)).rejects.toThrow('gone');
    seen.error = undefined;
    await watch.require(signal);
    expect(seen.looks).toBe(3);
  });

  test('is done without where it is not allowed, and for the default bus', async () => {
    const { watch, seen } = watched('orders');
    seen.error = Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
    await watch.require(signal);
    const always = watched('default');
    await always.watch.require(signal);
    expect(always.seen.looks).toBe(0);
  });
});
