import type { Recorder } from '../checker/index.ts';
import { type Chance, chanceOf } from './chance.ts';
import { Process } from './process.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimulatedStores, StoreChances } from './stores.ts';
import type { Trace } from './trace.ts';
import type { WakeUpChances } from './wake-ups.ts';

/** What may happen to a message between a client and a server: chances from 0 to 1. */
export interface NetworkChances {
  /** The connection breaks before the request is there. */
  readonly requestLost: number;
  /** The connection breaks before the answer is there. */
  readonly answerLost: number;
  /** A message is long on its way. */
  readonly slow: number;
}

/** What all parts of one simulation share. */
export interface World {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly stores: SimulatedStores;
  readonly recorder: Recorder;
  /** What happens to calls and messages, as things stand. The nemesis changes it. */
  readonly weather: { stores(process: string): StoreChances; network: NetworkChances; wakeUps: WakeUpChances };
  /** Errors that no fault explains. */
  readonly surprises: string[];
}

/** A new process; its name must not have been used before. */
export function newProcess({ seed, scheduler }: World, name: string, skewMs = 0): Process {
  return new Process(name, { scheduler, chance: chanceOf(seed, `timers of ${name}`), skewMs });
}

/** The draws of a part of this simulation. */
export function chanceFor({ seed }: World, name: string): Chance {
  return chanceOf(seed, name);
}

/** Tells of an error that no fault of the simulation explains: the run has failed. */
export function surprise({ surprises, scheduler }: World, where: string, error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  surprises.push(`${scheduler.nowMs.toFixed(0)} ms, ${where}: ${text}`);
}
