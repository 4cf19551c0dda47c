import { describe, expect, test } from 'vitest';
import type { RouteEvent } from '../../../lib/route/envelope.ts';
import { type CallFailure, entryFailure } from '../../../lib/route/sinks/aws-calls.ts';
import { type EntryCalls, type EntryLimits, entrySink, packed } from '../../../lib/route/sinks/entries.ts';
import { batchOf, contextOf, eventAt, keyed, words } from './events.ts';

const TARGET = { target: 'the service', setting: 'service.name', right: 'service:Put' };
const LIMITS: EntryLimits = {
  what: 'an entry',
  entriesMax: 3,
  entryBytesMax: 100,
  usualEntryBytesMax: 50,
  callBytesMax: 60,
  callsAtOnce: 1,
  finalCodes: new Set(['Malformed']),
};

type Answer = readonly (CallFailure | undefined)[] | Error;

/** A sink over a service that answers as told, and the offsets of each call that it got. */
function sinkOver(answer: (offsets: readonly number[], call: number) => Answer, limits: Partial<EntryLimits> = {}) {
  const sent: number[][] = [];
  const calls: EntryCalls<number> = {
    limits: { ...LIMITS, ...limits },
    target: TARGET,
    make: (event: RouteEvent) =>
      event.value === null
        ? { is: 'poison', reason: 'no value' }
        : { content: event.offset, sizeBytes: event.value.length },
    laneOf: (event) => (event.key === null ? undefined : String(event.key)),
    async send(offsets) {
      sent.push([...offsets]);
      const said = answer(offsets, sent.length);
      if (said instanceof Error) throw said;
      return said;
    },
  };
  return { sink: entrySink('millrace.TestSink', 1_000, calls), sent };
}

const taken = (offsets: readonly number[]) => offsets.map(() => undefined);
const failing = (...which: number[]) => {
  return (offsets: readonly number[]) =>
    offsets.map((offset) => (which.includes(offset) ? entryFailure('InternalFailure', '', TARGET) : undefined));
};
const serviceError = (name: string, status: number) =>
  Object.assign(new Error(`said by the test: ${name}`), { name, $metadata: { httpStatusCode: status } });

describe('packing', () => {
  test('fills calls in order, up to their entries and bytes', () => {
    const sizes = [20, 20, 20, 20, 30, 11, 1, 1, 1, 1].map((sizeBytes) => ({ sizeBytes }));
    const calls = packed(sizes, LIMITS).map((call) => call.map(({ sizeBytes }) => sizeBytes));
    expect(calls).toEqual([
      [20, 20, 20],
      [20, 30],
      [11, 1, 1],
      [1, 1],
    ]);
  });

  test('gives an entry that is larger than a call a call of its own', () => {
    const calls = packed([{ sizeBytes: 1 }, { sizeBytes: 90 }, { sizeBytes: 1 }], LIMITS);
    expect(calls.map((call) => call.length)).toEqual([1, 1, 1]);
  });
});

describe('entries of a destination that keeps order', () => {
  test('go with one event of a key per call, the next when that one is delivered', async () => {
    const { sink, sent } = sinkOver(taken);
    const outcomes = await sink.deliver(batchOf(keyed('a', 'a', 'b', 'a', 'c')), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'delivered', 'delivered', 'delivered', 'delivered']);
    expect(sent).toEqual([[0, 2, 4], [1], [3]]);
  });

  test('wait behind one of their key that failed, and those of other keys do not', async () => {
    const { sink, sent } = sinkOver(failing(0));
    const outcomes = await sink.deliver(batchOf(keyed('a', 'b', 'a', 'b', 'a')), contextOf());
    expect(words(outcomes)).toEqual(['retry', 'delivered', 'waits', 'delivered', 'waits']);
    expect(sent.flat()).toEqual([0, 1, 3]);
  });

  test('wait behind one of their key that can never be taken: it may be mended and come again', async () => {
    const { sink, sent } = sinkOver(taken);
    const events = keyed('a', 'a', 'a', 'b');
    events[1] = { ...events[1]!, value: null };
    const outcomes = await sink.deliver(batchOf(events), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'waits', 'delivered']);
    expect(sent.flat()).toEqual([0, 3]);
  });

  test('without a key share calls and wait for nothing', async () => {
    const { sink, sent } = sinkOver(failing(0));
    const outcomes = await sink.deliver(batchOf(keyed(null, null, null, null)), contextOf());
    expect(words(outcomes)).toEqual(['retry', 'delivered', 'delivered', 'delivered']);
    expect(sent).toEqual([[0, 1, 2], [3]]);
  });
});

describe('a call that fails as a whole', () => {
  test('ends the batch for now: the rest is not sent', async () => {
    const { sink, sent } = sinkOver((offsets, call) =>
      call === 2 ? serviceError('ThrottlingException', 400) : taken(offsets),
    );
    const outcomes = await sink.deliver(batchOf(keyed(...'abcdefgh')), contextOf());
    expect(sent).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(words(outcomes)).toEqual([...Array(3).fill('delivered'), ...Array(5).fill('retry')]);
    expect(outcomes[3]).toMatchObject({ reason: expect.stringContaining('asks to slow down') });
  });

  test.each([
    ['ResourceNotFoundException', 400, 'the service is not there', 'set service.name to one that is'],
    ['AccessDeniedException', 403, 'no right to the service', "Allow the route's role service:Put"],
    ['InternalServerError', 500, 'failed with InternalServerError, HTTP 500', ''],
    ['SomethingNew', 400, 'refuses it with SomethingNew', ''],
  ])('of %s loses nothing, and says what to do', async (name, status, what, todo) => {
    const { sink } = sinkOver(() => serviceError(name, status));
    const [outcome] = await sink.deliver(batchOf([eventAt(0)]), contextOf());
    expect(outcome).toMatchObject({ is: 'retry', reason: expect.stringContaining(what) });
    expect(outcome).toMatchObject({ reason: expect.stringContaining(todo) });
  });

  test('because of one entry, fails for that one alone', async () => {
    const { sink, sent } = sinkOver((offsets) =>
      offsets.includes(1) ? serviceError('Malformed', 400) : taken(offsets),
    );
    const outcomes = await sink.deliver(batchOf(keyed(null, null, null)), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'poison', 'delivered']);
    expect(outcomes[1]).toMatchObject({
      reason: 'the service refuses it with Malformed, HTTP 400; the event takes 7 bytes',
    });
    expect(sent).toEqual([[0, 1, 2], [0], [1], [2]]);
  });

  test('and for each entry too, is not made once for each', async () => {
    const { sink, sent } = sinkOver(() => serviceError('SomethingNew', 400), { entriesMax: 100, callBytesMax: 10_000 });
    const outcomes = await sink.deliver(batchOf(keyed(...Array<null>(50).fill(null))), contextOf());
    expect(words(outcomes)).toEqual(Array(50).fill('retry'));
    expect(sent.length).toBe(4);
  });

  test('leaves what other calls of the same moment delivered', async () => {
    const { sink } = sinkOver(
      (offsets) => (offsets.includes(3) ? serviceError('ThrottlingException', 400) : taken(offsets)),
      { callsAtOnce: 3 },
    );
    const outcomes = await sink.deliver(batchOf(keyed(...'abcdefgh')), contextOf());
    expect(words(outcomes)).toEqual([
      'delivered',
      'delivered',
      'delivered',
      'retry',
      'retry',
      'retry',
      'delivered',
      'delivered',
    ]);
  });
});

describe('one entry', () => {
  test('that no call can hold is poison, and is not sent', async () => {
    const { sink, sent } = sinkOver(taken);
    const outcomes = await sink.deliver(batchOf([eventAt(0, { value: Buffer.alloc(101) }), eventAt(1)]), contextOf());
    expect(outcomes[0]).toEqual({ is: 'poison', reason: 'the event takes 101 bytes; an entry holds 100 at most' });
    expect(sent).toEqual([[1]]);
  });

  test('that is larger than usual is sent, and poison where it is refused', async () => {
    const { sink } = sinkOver(() => serviceError('ValidationException', 400));
    const [outcome] = await sink.deliver(batchOf([eventAt(0, { value: Buffer.alloc(70) })]), contextOf());
    expect(outcome).toMatchObject({
      is: 'poison',
      reason: expect.stringContaining('takes 70 bytes; an entry holds 50'),
    });
  });

  test('that the answer does not mention comes again', async () => {
    const { sink } = sinkOver((offsets) => taken(offsets.slice(1)));
    const outcomes = await sink.deliver(batchOf(keyed(null, null)), contextOf());
    expect(words(outcomes)).toEqual(['delivered', 'retry']);
  });
});

test('a route that is stopped hears what was delivered until then', async () => {
  const stop = new AbortController();
  const { sink, sent } = sinkOver((offsets) => {
    stop.abort();
    return taken(offsets);
  });
  const outcomes = await sink.deliver(batchOf(keyed(...'abcdef')), contextOf(stop.signal));
  expect(sent).toEqual([[0, 1, 2]]);
  expect(words(outcomes)).toEqual(['delivered', 'delivered', 'delivered', 'retry', 'retry', 'retry']);
});
