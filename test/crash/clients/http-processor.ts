import { type PartitionName, partitionName, type Seen } from '../../checker/index.ts';
import { ask, Cut } from '../http.ts';
import { KafkaLink, LinkLost } from '../kafka-link.ts';
import { below, type CrashClient, pick, type Round, think } from './client.ts';
import { COPY, moverGroup, movesOf, nextTry } from './copier.ts';
import { fetchFrom, fetchOffsets } from './reader.ts';

const PATH = '/v3/clusters/millrace/transactions';
/** Refused so, a transaction has had no effect and never will: somebody else was faster, as `from_offset` says. */
const OVERTAKEN = 40907;

/**
 * Consumes, transforms and produces over HTTP: records, and where the group reads on, in one request. Each begins where the
 * group is said to be, so that of several processors one moves a record; each request has a key, and is sent until answered.
 */
export const httpProcessor: CrashClient = async (round, name) => {
  for (let serial = 0; !round.ending.aborted; serial++) {
    const link = new KafkaLink(pick(round.random, round.site.kafka));
    try {
      await moveOnce(round, name, { link, key: `${round.prefix}-${name}-${serial}` });
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error;
    }
    link.close();
    round.recorder.note(name, { kind: 'seek' });
    await think(round, 100);
  }
};

/** One request of what one partition has for the group. @throws LinkLost */
async function moveOnce(round: Round, name: string, { link, key }: { link: KafkaLink; key: string }): Promise<void> {
  const { source } = movesOf(round.topics);
  const positions = await fetchOffsets(link, { group: moverGroup(round), topics: [source], stable: true });
  if (!positions) return;
  const first = below(round.random, source.partitions);
  for (let i = 0; i < source.partitions; i++) {
    const partition = (first + i) % source.partitions;
    const at = partitionName(source.name, partition);
    const from = positions.get(at) ?? 0;
    const got = await fetchFrom(link, { topic: source.name, partition, isolation: 'committed', from });
    if (!got || got.records.length === 0) continue;
    round.recorder.note(name, { kind: 'poll', isolation: 'committed', records: { [at]: got.records } });
    return move(round, name, { key, partition, records: got.records, from, next: got.next });
  }
}

interface Move {
  readonly key: string;
  readonly partition: number;
  readonly records: readonly Seen[];
  readonly from: number;
  readonly next: number;
}

async function move(round: Round, name: string, { key, partition, records, from, next }: Move): Promise<void> {
  const { recorder, random, site } = round;
  const { source, target } = movesOf(round.topics);
  const group = moverGroup(round);
  const to = partitionName(target.name, partition);
  const made = records.map(([, value]) => ({ partition: to, value: `${COPY} ${nextTry()} ${value}` }));
  const json = {
    records: made.map(({ value }) => {
      return { topic_name: target.name, partition_id: partition, value: { type: 'STRING', data: value } };
    }),
    offsets: [
      {
        consumer_group_id: group,
        partitions: [{ topic_name: source.name, partition_id: partition, from_offset: from, offset: next }],
      },
    ],
  };
  const txn = recorder.transaction({ process: name, atomic: true });
  const sending = recorder.invoke(name, { kind: 'send', records: made, txn });
  const offsets: Record<PartitionName, number> = { [partitionName(source.name, partition)]: next };
  const committing = recorder.invoke(name, { kind: 'commit', group, offsets, txn });
  const ending = recorder.invoke(name, { kind: 'end', txn, commit: true });
  for (;;) {
    const answer = await post(`${pick(random, site.http)}${PATH}`, json, key);
    if (answer?.status === 200) {
      sending.ok({ records: made.map((record, i) => ({ ...record, offset: answer.body.records![i]!.offset })) });
      committing.ok();
      return ending.ok();
    }
    if (answer?.body?.error_code === OVERTAKEN) {
      for (const one of [sending, committing, ending]) one.fail('another has moved them');
      return;
    }
    await think(round, 200);
  }
}

interface Placed {
  readonly records?: readonly { readonly offset: number }[];
  readonly error_code?: number;
}

/** @returns undefined where there was no answer */
async function post(url: string, json: unknown, key: string): Promise<{ status: number; body: Placed } | undefined> {
  try {
    return await ask<Placed>('POST', url, { json, headers: { 'idempotency-key': key } });
  } catch (error) {
    if (error instanceof Cut) return undefined;
    throw error;
  }
}
