import { parentPort, workerData } from 'node:worker_threads';
import { type Failure, fuzz } from './fuzz.ts';
import { targetNamed } from './targets/index.ts';

/** What the worker is to do, one target after the other. */
export interface Order {
  readonly targets: readonly string[];
  readonly seed: number;
  /** How often each target is tried; or for how long, in ms. */
  readonly runs?: number;
  readonly msEach?: number;
}

/** What it says when a target is done. */
export interface Done {
  readonly target: string;
  readonly runs: number;
  readonly failure: Failure | undefined;
}

/** Shared with whoever watches: how many inputs were begun, how long the last one is, and its bytes. */
export const COUNT_AT = 0;
export const LENGTH_AT = 1;
export const INPUT_AT_BYTE = 8;

if (parentPort) {
  const { order, shared } = workerData as { order: Order; shared: SharedArrayBuffer };
  const [numbers, bytes] = [new Int32Array(shared, 0, 2), new Uint8Array(shared, INPUT_AT_BYTE)];
  const note = (input: Uint8Array) => {
    bytes.set(input.subarray(0, bytes.length));
    numbers[LENGTH_AT] = Math.min(input.length, bytes.length);
    Atomics.add(numbers, COUNT_AT, 1);
  };
  for (const name of order.targets) {
    const untilMs = performance.now() + (order.msEach ?? Number.POSITIVE_INFINITY);
    let runs = 0;
    const goesOn = (run: number) => {
      runs = run;
      return run < (order.runs ?? Number.POSITIVE_INFINITY) && performance.now() < untilMs;
    };
    const target = await targetNamed(name);
    const failure = await fuzz(target, order.seed, goesOn, note);
    parentPort.postMessage({ target: name, runs, failure } satisfies Done);
  }
  parentPort.close();
}
