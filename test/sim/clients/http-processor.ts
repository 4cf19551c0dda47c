import {
  type Commit,
  type End,
  type PartitionName,
  type Poll,
  partitionName,
  type Seek,
  type Seen,
  type Send,
} from '../../checker/index.ts';
import { type HttpAnswer, httpCall } from '../http-call.ts';
import { isMembers } from './classic-member.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { committedPositions } from './group-offsets.ts';
import type { KnownTopic } from './producer.ts';
import { fetchOnce, type Position } from './reader.ts';

export interface HttpProcessorOptions {
  readonly group: string;
  /** What it reads, and where it sends to. */
  readonly from: readonly KnownTopic[];
  readonly topics: readonly KnownTopic[];
  readonly thinkMs: number;
}

const PATH = '/v3/clusters/millrace/transactions';
const TRIES_MAX = 25;

/** What one request is to do. */
interface Move {
  readonly key: string;
  /** By partition that was read. */
  readonly read: Readonly<Record<PartitionName, readonly Seen[]>>;
  readonly before: readonly Position[];
  readonly after: readonly Position[];
}

/**
 * Reads all partitions and sends a record for each that it read, with the offsets, in one request: a transaction over HTTP.
 * It is a member of nothing. Of two that do so for one group, each offset's `from_offset` lets one win. What it sends names
 * what it is made of, behind `~`.
 */
export function httpProcessor(options: HttpProcessorOptions): ClientProgram {
  return async (parts) => {
    const { world, process, chance, ending } = parts;
    const link = new KafkaLink(parts);
    const story = new MemberStory(parts, options.group);
    const places = () =>
      options.from.flatMap(({ name: topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
      );
    let positions: Position[] | undefined;
    let moves = 0;
    for (let failures = 0; !ending(); ) {
      try {
        const nobody = { group: options.group, memberId: '', epoch: -1, instanceId: null };
        if (positions && positions.length < places().length) positions = undefined;
        positions ??= await committedPositions(link.connection, story, nobody, places());
        const before = positions.map((position) => ({ ...position }));
        const fetched = await fetchOnce(link.connection, positions, { isolation: 'committed', maxWaitMs: 300 });
        const { records } = fetched;
        failures = 0;
        if (Object.keys(records).length > 0) {
          // It may have gone back to where the group is: each poll stands for itself.
          world.recorder.note<Seek>(process.name, { kind: 'seek' });
          world.recorder.note<Poll>(process.name, {
            kind: 'poll',
            isolation: 'committed',
            group: options.group,
            records,
          });
          const move = { key: `${process.name}-${moves++}`, read: records, before, after: positions };
          if (!(await carryOut(parts, options, move))) positions = undefined;
        }
        if (positions) await story.resets(link.connection, fetched);
        await process.clock.sleep(chance.between(0, options.thinkMs));
      } catch (error) {
        if (!isMembers(error)) throw error;
        link.drop();
        positions = undefined;
        await backOff(parts, ++failures);
      }
    }
  };
}

/** Whether the offsets are where they were moved to; where not, the group tells where it is. */
async function carryOut(parts: ClientParts, { group, topics }: HttpProcessorOptions, move: Move): Promise<boolean> {
  const { world, process, chance, servers } = parts;
  const { key, read, before, after } = move;
  const to = topics[0]!;
  const sources = Object.entries(read).flatMap(([name, seen]) => seen.map(([offset]) => `${name}@${offset}`));
  const records = sources.map((source, i) => ({
    partition: chance.below(to.partitions),
    value: `${key}.${i}~${source}`,
  }));
  const moved = after
    .map((position, i) => ({ ...position, from: before[i]!.offset }))
    .filter(({ offset, from }) => offset > from);
  const body = {
    records: records.map(({ partition, value }) => {
      return { topic_name: to.name, partition_id: partition, value: { type: 'STRING', data: value } };
    }),
    offsets: [
      {
        consumer_group_id: group,
        partitions: moved.map(({ topic, partition, offset, from }) => {
          return { topic_name: topic, partition_id: partition, from_offset: from, offset };
        }),
      },
    ],
  };
  const txn = world.recorder.transaction({ process: process.name, atomic: true });
  const named = records.map(({ partition, value }) => ({ partition: partitionName(to.name, partition), value }));
  const sending = world.recorder.invoke<Send>(process.name, { kind: 'send', records: named, txn });
  const offsets = Object.fromEntries(
    moved.map(({ topic, partition, offset }) => [partitionName(topic, partition), offset]),
  );
  const committing = world.recorder.invoke<Commit>(process.name, { kind: 'commit', group, offsets, txn });
  const ending = world.recorder.invoke<End>(process.name, { kind: 'end', txn, commit: true });
  const all = [sending, committing, ending];
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const headers = { 'idempotency-key': key };
    const answer: HttpAnswer | undefined = await httpCall(parts, chance.pick(servers), {
      method: 'POST',
      path: PATH,
      headers,
      body,
    });
    if (answer?.status === 200) {
      const { records: placed } = answer.body as { records: readonly { offset: number }[] };
      sending.ok({ records: named.map((record, i) => ({ ...record, offset: placed[i]!.offset })) });
      committing.ok();
      ending.ok();
      return true;
    }
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      for (const running of all) running.fail(JSON.stringify(answer.body));
      return false;
    }
    await backOff(parts, tries);
  }
  for (const running of all) running.info('given up');
  return false;
}
