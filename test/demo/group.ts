import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Facts } from './facts.ts';
import type { MemberReport } from './member.ts';
import { Sightings } from './sightings.ts';

const MEMBER = fileURLToPath(new URL('./member.ts', import.meta.url));

/** A member's process, as the demo sees it. */
export interface Member {
  readonly name: string;
  readonly child: ChildProcess;
  partitions: readonly number[];
  /** Flights that it read. */
  read: number;
  alive: boolean;
}

/** The members of one consumer group, and all that they read together. */
export class Group {
  readonly name: string;
  readonly topic: string;
  readonly members: Member[] = [];
  readonly read: Sightings;
  readonly #url: string;
  readonly #onFailure: (error: Error) => void;

  constructor(url: string, name: string, topic: string, facts: Facts, onFailure: (error: Error) => void) {
    this.#url = url;
    this.name = name;
    this.topic = topic;
    this.read = new Sightings(facts);
    this.#onFailure = onFailure;
  }

  /** Starts a member's process. */
  add(name: string): Member {
    const child = fork(MEMBER, [this.#url, this.name, this.topic, name]);
    const member: Member = { name, child, partitions: [], read: 0, alive: true };
    child.on('message', (report) => this.#take(member, report as MemberReport));
    child.on('exit', (code) => {
      if (member.alive) this.#onFailure(new Error(`Member ${name} ended by itself, with code ${code}.`));
    });
    this.members.push(member);
    return member;
  }

  /** SIGKILL: it can neither commit nor leave the group. */
  kill(member: Member): void {
    member.alive = false;
    member.partitions = [];
    member.child.kill('SIGKILL');
  }

  close(): void {
    for (const member of this.members) if (member.alive) this.kill(member);
  }

  #take(member: Member, report: MemberReport): void {
    if (report.is === 'assigned') {
      if (member.alive) member.partitions = report.partitions;
      return;
    }
    const { flights } = report;
    for (let i = 0; i < flights.length; i += 4) {
      const [row, sum, partition, offset] = flights.slice(i, i + 4) as [number, number, number, number];
      this.read.note({ row, sum, partition, offset });
      member.read++;
    }
  }
}
