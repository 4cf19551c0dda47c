import { type PartitionName, partitionName, type Seen } from '../../checker/index.ts';
import { ask, Cut, V2_BINARY } from '../http.ts';
import { type CrashClient, pick, type Round, think } from './client.ts';

interface Polled {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** The instance is not there. */
const GONE = 404;
const POLL = 'timeout=200&max_bytes=4000';

/**
 * The one member of a group over HTTP, which commits what it has read. After any failure it goes on as a new instance, from
 * the committed offsets: an answer that was lost may have held records (docs/status.md).
 */
export const httpConsumer: CrashClient = async (round, name) => {
  const left = new Set<string>();
  for (let life = 0; !round.ending.aborted; life++) {
    const id = `${name}-${life}`;
    const base = `${pick(round.random, round.site.http)}/consumers/${round.prefix}-web`;
    left.add(id);
    try {
      await consume(round, { name, id, base, left });
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    round.recorder.note(name, { kind: 'seek' });
    await think(round, 300);
  }
};

interface Life {
  readonly name: string;
  readonly id: string;
  readonly base: string;
  /** Instances that it left behind: while they are there, they have their share of the partitions. */
  readonly left: Set<string>;
}

async function consume(round: Round, { name, id, base, left }: Life): Promise<void> {
  for (const old of left) {
    if (old === id) continue;
    const { status } = await ask('DELETE', `${base}/instances/${old}`);
    if (status < 300 || status === GONE) left.delete(old);
  }
  const at = `${base}/instances/${id}`;
  const config = { name: id, format: 'binary', 'auto.offset.reset': 'earliest', 'auto.commit.enable': false };
  await wanted(ask('POST', base, { json: config }));
  await wanted(ask('POST', `${at}/subscription`, { json: { topics: round.topics.map((topic) => topic.name) } }));
  while (!round.ending.aborted) {
    const polled = await wanted(ask<Polled[]>('GET', `${at}/records?${POLL}`, { headers: { accept: V2_BINARY } }));
    const records: Record<PartitionName, Seen[]> = {};
    for (const { topic, partition, offset, value } of polled) {
      const at = partitionName(topic, partition);
      records[at] ??= [];
      records[at].push([offset, Buffer.from(value, 'base64').toString()]);
    }
    round.recorder.note(name, { kind: 'poll', isolation: 'committed', records, group: `${round.prefix}-web` });
    if (polled.length > 0) await commit(round, { name, at, records });
    await think(round);
  }
}

async function commit(
  { recorder, prefix }: Round,
  { name, at, records }: { name: string; at: string; records: Readonly<Record<PartitionName, readonly Seen[]>> },
): Promise<void> {
  const last = Object.entries(records).map(([partition, seen]) => [partition, seen.at(-1)![0]] as const);
  const offsets = Object.fromEntries(last.map(([partition, offset]) => [partition, offset + 1]));
  const committing = recorder.invoke(name, { kind: 'commit', group: `${prefix}-web`, offsets });
  const json = {
    offsets: last.map(([partition, offset]) => {
      const slash = partition.lastIndexOf('/');
      return { topic: partition.slice(0, slash), partition: Number(partition.slice(slash + 1)), offset };
    }),
  };
  try {
    await wanted(ask('POST', `${at}/offsets`, { json }));
    committing.ok();
  } catch (error) {
    committing.info('no answer');
    throw error;
  }
}

/** Whatever is no success ends this life of the consumer. */
async function wanted<T>(asked: Promise<{ status: number; body: T }>): Promise<T> {
  const { status, body } = await asked;
  if (status >= 300) throw new Cut(`${status}: ${JSON.stringify(body)}`);
  return body;
}
