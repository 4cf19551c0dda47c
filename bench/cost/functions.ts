import type { Random } from '../../lib/bytes/index.ts';
import type { LogSettings } from '../../lib/log/index.ts';
import { openPlatform, type Platform } from '../../lib/platform.ts';
import { tieredStores } from '../../lib/store/index.ts';
import { overNetwork } from './network.ts';
import { isSmall, type MetersByKind, type SharedStores } from './stores.ts';
import type { Account, SimulatedTime } from './time.ts';

/** Lambdas of the platform, and their memory in MB, as `infra/` has it: with it comes the share of a processor. */
export const FUNCTION_MEMORY_MB = {
  api: 512,
  ingest: 256,
  dispatch: 256,
  deliver: 256,
  /** `tend` each minute: what it looks at, and apart from that the log's upkeep, and the collection of objects. */
  tick: 1_024,
  tend: 1_024,
  collect: 1_024,
} as const;

export type FunctionName = keyof typeof FUNCTION_MEMORY_MB;

/** What was counted of one function. */
export interface FunctionCounts {
  readonly invocations: number;
  /** Environments that ran side by side at the most. */
  readonly environments: number;
  /** From the first to the last moment of each invocation, in simulated time: latencies, waits. */
  readonly waitedMs: number;
  /** Processor time of our own code, as this machine took it. */
  readonly cpuMs: number;
  /** Calls over the network: each also takes processor time of the SDK. */
  readonly calls: number;
  readonly meters: MetersByKind;
}

/** As `functions/open.ts` opens the platform. */
const LOG_SETTINGS: Partial<LogSettings> = {
  flushesInFlightMax: 8,
  hotCacheBytes: 16 << 20,
  coldCacheBytes: 32 << 20,
  pageCacheBytes: 4 << 20,
  headPollMs: 250,
};
const LINGER_MS = 100;

export interface FunctionParts {
  readonly time: SimulatedTime;
  readonly shared: SharedStores;
  readonly random: Random;
}

/** An execution environment: a process that serves one invocation at a time, and keeps its caches in between. */
export interface Environment {
  readonly platform: Platform;
  readonly account: Account;
  readonly call: () => void;
}

/** A function, and the environments that it has: an invocation takes one that is free, or starts another. */
export class LambdaFunction {
  readonly #parts: FunctionParts;
  readonly #view: ReturnType<SharedStores['view']>;
  readonly #all: Environment[] = [];
  readonly #free: Environment[] = [];
  /** When each invocation under way began, or the counting did. */
  readonly #running = new Map<object, number>();
  #invocations = 0;
  #waitedMs = 0;
  #calls = 0;

  constructor(parts: FunctionParts) {
    this.#parts = parts;
    this.#view = parts.shared.view();
  }

  /** Runs `work` in an environment, and counts the time until it ends. */
  async invoke<T>(work: (environment: Environment) => Promise<T>): Promise<T> {
    const { time } = this.#parts;
    const environment = this.#free.pop() ?? this.#start();
    const invocation = {};
    this.#running.set(invocation, time.clock.monotonicMs());
    this.#invocations++;
    try {
      return await time.on(environment.account, async () => {
        // A turn of its own, so that what it takes is measured from the start.
        await time.clock.sleep(0);
        return work(environment);
      });
    } finally {
      this.#waitedMs += time.clock.monotonicMs() - this.#running.get(invocation)!;
      this.#running.delete(invocation);
      this.#free.push(environment);
    }
  }

  /** What was counted since the last `reset`, with the part of what still runs. */
  counts(): FunctionCounts {
    const nowMs = this.#parts.time.clock.monotonicMs();
    const underWayMs = [...this.#running.values()].reduce((sum, sinceMs) => sum + nowMs - sinceMs, 0);
    return {
      invocations: this.#invocations,
      environments: this.#all.length,
      waitedMs: this.#waitedMs + underWayMs,
      cpuMs: this.#all.reduce((sum, { account }) => sum + account.cpuMs, 0),
      calls: this.#calls,
      meters: this.#view.meters(),
    };
  }

  reset(): void {
    for (const invocation of this.#running.keys()) this.#running.set(invocation, this.#parts.time.clock.monotonicMs());
    this.#invocations = 0;
    this.#waitedMs = 0;
    this.#calls = 0;
    for (const { account } of this.#all) account.cpuMs = 0;
    this.#view.reset();
  }

  #start(): Environment {
    const { time, random } = this.#parts;
    const call = () => {
      this.#calls++;
    };
    const stores = tieredStores(overNetwork(this.#view.stores, time.clock, call), isSmall);
    const options = { stores, clock: time.clock, random, background: false, lingerMs: LINGER_MS };
    const onError = (error: unknown) => {
      throw error;
    };
    const platform = openPlatform({ ...options, log: LOG_SETTINGS, onError });
    const environment = { platform, account: { cpuMs: 0 }, call };
    this.#all.push(environment);
    return environment;
  }
}
