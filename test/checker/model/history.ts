import type { History, SentRecord } from '../history.ts';
import { Recorder } from '../recorder.ts';
import { ModelGroup, ModelLog } from './log.ts';

export const PARTITIONS = ['orders/0', 'orders/1', 'payments/0'] as const;
const PRODUCERS = 3;
const TRANSACTIONAL = 2;
const MEMBERS = 2;
const REQUESTS = 10;
/** How often a request fails, an answer is lost, or a client ends in the middle. */
const TROUBLE = 0.15;

/** Work that others may come between, at each yield. */
type Process = Generator<void, void, void>;

/**
 * A history that is right, and as untidy as real ones: concurrent clients, refused requests, lost answers, effects long
 * after, aborted and abandoned transactions, rebalances. The same `random` gives the same history.
 */
export function modelHistory(random: () => number): History {
  const world = new World(random);
  world.run([
    ...Array.from({ length: PRODUCERS }, (_, i) => world.producer(`producer${i}`)),
    ...Array.from({ length: TRANSACTIONAL }, (_, i) => world.transactional(`tx${i}`)),
    world.atomic('http'),
    ...Array.from({ length: MEMBERS }, (_, i) => world.member(`member${i}`)),
    world.reader('reader'),
  ]);
  world.finish();
  return world.recorder.history();
}

class World {
  readonly recorder = new Recorder();
  readonly #random: () => number;
  readonly #log = new ModelLog(PARTITIONS);
  readonly #group = new ModelGroup(PARTITIONS);
  readonly #processes: Process[] = [];
  /** By transactional id: its epoch, and the transaction that it has under way. */
  readonly #producers = new Map<string, { epoch: number; txn: number | undefined }>();
  #values = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** One step of any of them at a time, until all have ended. */
  run(processes: readonly Process[]): void {
    this.#processes.push(...processes);
    while (this.#processes.length > 0) {
      const index = Math.floor(this.#random() * this.#processes.length);
      if (this.#processes[index]!.next().done) this.#processes.splice(index, 1);
    }
  }

  /** Everybody has gone: what there is at the end. */
  finish(): void {
    for (const id of this.#producers.keys()) this.run([this.#init('admin', id)]);
    for (const partition of PARTITIONS) {
      for (const isolation of ['committed', 'uncommitted'] as const) {
        const [to, records] = [this.#log.endOf(partition, isolation), this.#log.records(partition, 0, isolation)];
        this.recorder.note('final', { kind: 'read', partition, isolation, from: 0, to, records });
      }
    }
    this.run([this.#look('final')]);
  }

  *producer(name: string): Process {
    for (let i = 0; i < REQUESTS; i++) yield* this.#send(name);
  }

  /** @returns whether it is known to have succeeded */
  *#send(process: string, txn?: number): Generator<void, boolean, void> {
    const records = Array.from({ length: 1 + this.#below(3) }, () => ({ ...this.#record(), key: `${this.#below(3)}` }));
    const more = txn === undefined ? {} : { txn };
    const running = this.recorder.invoke(process, { kind: 'send', records, ...more });
    yield;
    if (this.#trouble()) {
      running.fail('refused');
      return false;
    }
    const append = () =>
      records.map((one) => ({ ...one, offset: this.#log.append(one.partition, { value: one.value, ...more }) }));
    if (this.#trouble()) {
      const late = txn === undefined && this.#trouble();
      if (late) this.#processes.push(this.#later(append));
      else if (this.#random() < 0.5) append();
      yield;
      running.info('no answer');
      return false;
    }
    const placed: SentRecord[] = append();
    yield;
    running.ok({ records: placed });
    return true;
  }

  *#later(effect: () => void): Process {
    for (let i = this.#below(20); i > 0; i--) yield;
    effect();
  }

  *transactional(id: string): Process {
    yield* this.#init(id, id);
    for (let i = 0; i < REQUESTS; i++) {
      const epoch = this.#producers.get(id)!.epoch;
      const txn = this.recorder.transaction({ process: id, transactionalId: id, producerId: 1, epoch, atomic: false });
      this.#log.begin(txn);
      this.#producers.set(id, { epoch, txn });
      const sent = (yield* this.#send(id, txn)) && (yield* this.#send(id, txn));
      const offsets = { [PARTITIONS[0]]: i };
      const commit = this.recorder.invoke(id, { kind: 'commit', group: id, offsets, txn });
      this.#log.addOffset(txn, `${id} ${PARTITIONS[0]}`, i);
      yield;
      commit.ok();
      // A client that ends in the middle comes back with a new epoch.
      if (this.#trouble()) yield* this.#init(id, id);
      else yield* this.#end(id, txn, sent && !this.#trouble());
    }
  }

  *#end(process: string, txn: number, commit: boolean): Process {
    const running = this.recorder.invoke(process, { kind: 'end', txn, commit });
    yield;
    if (this.#trouble()) {
      if (this.#random() < 0.5) this.#log.end(txn, commit);
      running.info('no answer');
      return yield* this.#init(process, process);
    }
    this.#log.end(txn, commit);
    yield;
    running.ok();
  }

  *#init(process: string, transactionalId: string): Process {
    const running = this.recorder.invoke(process, { kind: 'init', transactionalId });
    yield;
    const before = this.#producers.get(transactionalId);
    if (before?.txn !== undefined) this.#log.end(before.txn, false);
    const epoch = (before?.epoch ?? -1) + 1;
    this.#producers.set(transactionalId, { epoch, txn: undefined });
    yield;
    running.ok({ producerId: 1, epoch });
  }

  /** Requests that are a transaction each. */
  *atomic(process: string): Process {
    for (let i = 0; i < REQUESTS; i++) {
      const txn = this.recorder.transaction({ process, atomic: true });
      const records = [PARTITIONS[0], PARTITIONS[2]].map((partition) => ({ partition, value: `v${this.#values++}` }));
      const running = this.recorder.invoke(process, { kind: 'send', records, txn });
      const end = this.recorder.invoke(process, { kind: 'end', txn, commit: true });
      yield;
      this.#log.begin(txn);
      const placed = records.map((one) => ({
        ...one,
        offset: this.#log.append(one.partition, { value: one.value, txn }),
      }));
      this.#log.end(txn, true);
      yield;
      if (this.#trouble()) {
        running.info('no answer');
        end.info('no answer');
      } else {
        running.ok({ records: placed });
        end.ok();
      }
    }
  }

  *member(member: string): Process {
    for (let i = 0; i < REQUESTS / 2; i++) {
      const joining = this.recorder.invoke(member, {
        kind: 'assign',
        group: 'g',
        member,
        generation: 0,
        partitions: [],
      });
      yield;
      this.#group.join(member);
      yield;
      const [generation, partitions] = [this.#group.generation, this.#group.partitionsOf(member)];
      joining.ok({ generation, partitions });
      yield* this.#consume(
        member,
        generation,
        new Map(partitions.map((one) => [one, this.#log.offsets.get(`g ${one}`) ?? 0])),
      );
      this.recorder.note(member, { kind: 'revoke', group: 'g', member });
    }
    this.#group.leave(member);
  }

  *#consume(member: string, generation: number, positions: Map<string, number>): Process {
    for (let i = 0; i < REQUESTS / 2; i++) {
      const poll = this.recorder.invoke(member, { kind: 'poll', isolation: 'committed', records: {} });
      yield;
      const records = Object.fromEntries(
        [...positions].map(([one, from]) => [one, this.#log.records(one, from, 'committed', 1 + this.#below(5))]),
      );
      yield;
      poll.ok({ records });
      for (const [one, seen] of Object.entries(records)) if (seen.length > 0) positions.set(one, seen.at(-1)![0] + 1);
      const beat = this.recorder.invoke(member, { kind: 'heartbeat', group: 'g', member, generation });
      yield;
      if (generation !== this.#group.generation) return beat.fail('a new generation');
      beat.ok();
      const offsets = Object.fromEntries(positions);
      const commit = this.recorder.invoke(member, { kind: 'commit', group: 'g', member, generation, offsets });
      yield;
      if (generation !== this.#group.generation) return commit.fail('a new generation');
      const lost = this.#trouble();
      if (!lost || this.#random() < 0.5)
        for (const [one, offset] of positions) this.#log.offsets.set(`g ${one}`, offset);
      yield;
      if (lost) commit.info('no answer');
      else commit.ok();
    }
  }

  *reader(process: string): Process {
    for (let i = 0; i < REQUESTS; i++) {
      const partition = this.#partition();
      const isolation = this.#random() < 0.5 ? 'committed' : 'uncommitted';
      const running = this.recorder.invoke(process, {
        kind: 'read',
        partition,
        isolation,
        from: 0,
        to: 0,
        records: [],
      });
      yield;
      const [to, records] = [this.#log.endOf(partition, isolation), this.#log.records(partition, 0, isolation)];
      yield;
      running.ok({ to, records });
      yield* this.#look(process);
    }
  }

  *#look(process: string): Process {
    for (const group of ['g', ...this.#producers.keys()]) {
      const running = this.recorder.invoke(process, { kind: 'committed', group, partitions: PARTITIONS, offsets: {} });
      yield;
      const known = PARTITIONS.map((one) => [one, this.#log.offsets.get(`${group} ${one}`)] as const);
      yield;
      running.ok({
        offsets: Object.fromEntries(known.filter((one): one is [(typeof one)[0], number] => one[1] !== undefined)),
      });
    }
  }

  #record(): { partition: string; value: string } {
    return { partition: this.#partition(), value: `v${this.#values++}` };
  }

  #partition(): string {
    return PARTITIONS[this.#below(PARTITIONS.length)]!;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #trouble(): boolean {
    return this.#random() < TROUBLE;
  }
}
