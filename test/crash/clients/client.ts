import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../lib/bytes/index.ts';
import type { Recorder } from '../../checker/index.ts';
import type { Site } from '../site.ts';

/** A topic of a round. */
export interface RoundTopic {
  readonly name: string;
  readonly partitions: number;
}

/** So that a request over several partitions goes to several ledgers. */
export const PARTITIONS_PER_LEDGER = 2;

/** What every client of a round has. */
export interface Round {
  readonly site: Site;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly topics: readonly RoundTopic[];
  /** Of this round alone: names of topics, groups and transactional ids begin with it. */
  readonly prefix: string;
  /** Fires when clients should finish what they began, and end. */
  readonly ending: AbortSignal;
}

/** A program that runs until the round ends. */
export type CrashClient = (round: Round, name: string) => Promise<void>;

export function below(random: Random, count: number): number {
  return Math.floor(random.next() * count);
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)]!;
}

/** A pause between two requests: short, so that much happens between two faults. */
export function think({ random }: Round, msMax = 30): Promise<void> {
  return sleep(random.next() * msMax);
}

let values = 0;

/** Unique in the process, and so in every history. */
export function nextValue(name: string): string {
  return `${name}-${values++}`;
}

/** The round's groups: of consumers over HTTP, of Kafka's consumers, and of what is copied by Kafka and over HTTP. */
export function groupsOf({ prefix }: Pick<Round, 'prefix'>): string[] {
  return [`${prefix}-web`, `${prefix}-group`, `${prefix}-copier`, `${prefix}-mover`];
}
