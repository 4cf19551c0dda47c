import { Worker } from 'node:worker_threads';
import type { Failure } from './fuzz.ts';
import { INPUT_BYTES_MAX } from './mutate.ts';
import { COUNT_AT, type Done, INPUT_AT_BYTE, LENGTH_AT, type Order } from './worker.ts';

/** An input that takes so long, on however busy a machine, is taken for one that never ends. */
const STUCK_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** A worker that needs more has been made to by its input. */
const HEAP_MIB_MAX = 512;
const INPUT_ROOM_BYTES = 4 * INPUT_BYTES_MAX;

/**
 * Fuzzes in a thread of its own, so that an input that never ends, or takes all memory, is told by name, too.
 *
 * @example
 * await fuzzWatched({ targets: ['segment-footers'], seed: 1, runs: 1_000 });
 */
export async function fuzzWatched(order: Order, onDone: (done: Done) => void = () => {}): Promise<Done[]> {
  const done: Done[] = [];
  let left = order.targets;
  while (left.length > 0) {
    const said = await runWorker({ ...order, targets: left }, (one) => {
      done.push(one);
      onDone(one);
    });
    left = left.slice(said);
  }
  return done;
}

/** How many of the targets are done: all, but where one was stuck. */
function runWorker(order: Order, onDone: (done: Done) => void): Promise<number> {
  const shared = new SharedArrayBuffer(INPUT_AT_BYTE + INPUT_ROOM_BYTES);
  const numbers = new Int32Array(shared, 0, 2);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { order, shared },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
  });
  let said = 0;
  const tell = (one: Done) => {
    said++;
    onDone(one);
  };
  const failed = (flaw: string): Done => {
    const target = order.targets[said]!;
    const input = new Uint8Array(shared.slice(INPUT_AT_BYTE, INPUT_AT_BYTE + numbers[LENGTH_AT]!));
    const run = Atomics.load(numbers, COUNT_AT);
    return { target, runs: run, failure: { target, flaw, input, run } satisfies Failure };
  };
  return new Promise((resolve) => {
    let seen = -1;
    let seenMs = performance.now();
    const looking = setInterval(() => {
      const count = Atomics.load(numbers, COUNT_AT);
      if (count !== seen) [seen, seenMs] = [count, performance.now()];
      else if (performance.now() - seenMs > STUCK_MS) {
        tell(failed(`has not ended after ${STUCK_MS / 1_000} s`));
        void worker.terminate();
      }
    }, LOOK_EVERY_MS);
    worker.on('message', tell);
    worker.on('error', (error) => {
      if (said < order.targets.length) tell(failed(`ends the thread: ${error}`));
    });
    worker.on('exit', () => {
      clearInterval(looking);
      resolve(said);
    });
  });
}
