/*
 * One member of a consumer group, as a process of its own, so that it can be killed: `member.ts <url> <group> <topic> <name>`.
 * It reads over HTTP, tells its parent what it read, and commits after that.
 */
import { HttpClient } from '../support/http-client.ts';
import { sumOf } from './facts.ts';
import type { Flight } from './flights.ts';

/** What a member tells its parent. */
export type MemberReport =
  | { readonly is: 'assigned'; readonly partitions: readonly number[] }
  /** Four numbers for each flight: row, sum, partition, offset. */
  | { readonly is: 'read'; readonly flights: readonly number[] };

interface RecordOut {
  readonly value: Flight;
  readonly partition: number;
  readonly offset: number;
}

interface Assigned {
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[];
}

/** Short, so that the demo need not wait long for the one that stands by to take over. */
const SESSION_MS = 2_000;
const POLL_MS = 500;
const ASSIGNED_EVERY_MS = 100;
const ALREADY_THERE = 40902;
/** The session ended meanwhile (the server was away for long): the next poll joins again, from what is committed. */
const SESSION_OVER = [40403, 40903, 40904, 40905];

const V2_JSON = 'application/vnd.kafka.json.v2+json';

function tell(report: MemberReport): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(report, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

class Member {
  readonly #client: HttpClient;
  readonly #at: string;
  readonly #group: string;
  readonly #name: string;
  #assigned = '';
  #askedMs = 0;

  constructor(url: string, group: string, name: string) {
    this.#client = new HttpClient(url);
    this.#group = group;
    this.#name = name;
    this.#at = `/consumers/${group}/instances/${name}`;
  }

  async begin(topic: string): Promise<void> {
    const config = {
      name: this.#name,
      format: 'json',
      'auto.offset.reset': 'earliest',
      'auto.commit.enable': false,
      'session.timeout.ms': SESSION_MS,
    };
    await this.#client.ask('POST', `/consumers/${this.#group}`, { json: config, expect: [ALREADY_THERE] });
    await this.#client.ask('POST', `${this.#at}/subscription`, { json: { topics: [topic] } });
  }

  async run(): Promise<never> {
    for (;;) {
      const records = await this.#poll();
      await this.#reportAssignment();
      if (records.length === 0) continue;
      const flights = records.flatMap(({ value, partition, offset }) => [value.row, sumOf(value), partition, offset]);
      await tell({ is: 'read', flights });
      await this.#commit();
    }
  }

  async #poll(): Promise<readonly RecordOut[]> {
    try {
      return await this.#client.ask('GET', `${this.#at}/records?timeout=${POLL_MS}`, {
        headers: { accept: V2_JSON },
        once: true,
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch's way to say that the connection broke
      await this.#rewind();
      return [];
    }
  }

  /**
   * Goes back to what is committed. A poll moves the member's position, which the server keeps: where its answer is
   * lost, so would be the records in it.
   */
  async #rewind(): Promise<void> {
    const { partitions } = await this.#client.ask<Assigned>('GET', `${this.#at}/assignments`);
    if (partitions.length === 0) return;
    const { offsets } = await this.#client.ask<{ offsets: object[] }>('GET', `${this.#at}/offsets`);
    const expect = SESSION_OVER;
    await this.#client.ask('POST', `${this.#at}/positions/beginning`, { json: { partitions }, expect });
    await this.#client.ask('POST', `${this.#at}/positions`, { json: { offsets }, expect });
  }

  async #commit(): Promise<void> {
    await this.#client.ask('POST', `${this.#at}/offsets`, { expect: SESSION_OVER });
  }

  async #reportAssignment(): Promise<void> {
    if (performance.now() - this.#askedMs < ASSIGNED_EVERY_MS) return;
    this.#askedMs = performance.now();
    const answer = await this.#client.ask<Assigned>('GET', `${this.#at}/assignments`);
    const partitions = answer.partitions.map(({ partition }) => partition).sort((a, b) => a - b);
    if (String(partitions) === this.#assigned) return;
    this.#assigned = String(partitions);
    await tell({ is: 'assigned', partitions });
  }
}

// The parent's end is the member's.
process.on('disconnect', () => process.exit(0));
const [url, group, topic, name] = process.argv.slice(2) as [string, string, string, string];
const member = new Member(url, group, name);
await member.begin(topic);
await member.run();
