import { type PartitionName, partitionName, type Seen } from '../../checker/index.ts';
import { KafkaLink, LinkLost } from '../kafka-link.ts';
import { type CrashClient, type Round, type RoundTopic, think } from './client.ts';
import { attempt } from './kafka.ts';
import { closeTransactions, end, initialized, sendIn, type Transactional } from './kafkajs-transactions.ts';
import { fetchFrom, fetchOffsets } from './reader.ts';

/** What a copy of a record begins with; then comes the try, then its value. */
export const COPY = 'copy';

export function copierGroup({ prefix }: Pick<Round, 'prefix'>): string {
  return `${prefix}-copier`;
}

/** The group of those that move records over HTTP. */
export function moverGroup({ prefix }: Pick<Round, 'prefix'>): string {
  return `${prefix}-mover`;
}

/** What is copied by the copier, and to where. */
export function copiesOf([, source, target]: readonly RoundTopic[]): { source: RoundTopic; target: RoundTopic } {
  return { source: source!, target: target! };
}

/** What is moved over HTTP, and to where. */
export function movesOf([source, , , target]: readonly RoundTopic[]): { source: RoundTopic; target: RoundTopic } {
  return { source: source!, target: target! };
}

let tries = 0;

/** What sets one try to copy a record apart from the others. */
export function nextTry(): number {
  return tries++;
}

/**
 * Consumes, transforms and produces, exactly once: what it read, and where it reads on, are in one transaction. Each life
 * takes the transactional id over, and goes on from the stable offsets.
 */
export const copier: CrashClient = async (round, name) => {
  while (!round.ending.aborted) {
    const own = await initialized(round, name);
    if (own) {
      const link = new KafkaLink(round.site.kafka[0]!);
      try {
        await copyOn(round, name, { own, link });
      } catch (error) {
        if (!(error instanceof LinkLost) && !(error instanceof GoneWrong)) throw error;
      }
      link.close();
      await attempt(() => own.producer.disconnect());
    }
    round.recorder.note(name, { kind: 'seek' });
    await think(round, 200);
  }
  await closeTransactions(round, name);
};

/** This life is over: whether its transaction was committed is for the next one to find out. */
class GoneWrong extends Error {}

async function copyOn(
  round: Round,
  name: string,
  { own, link }: { own: Transactional; link: KafkaLink },
): Promise<void> {
  const { source } = copiesOf(round.topics);
  const positions = await fetchOffsets(link, { group: copierGroup(round), topics: [source], stable: true });
  if (!positions) throw new GoneWrong();
  while (!round.ending.aborted) {
    for (let partition = 0; partition < source.partitions; partition++) {
      const at = partitionName(source.name, partition);
      const from = positions.get(at) ?? 0;
      const got = await fetchFrom(link, { topic: source.name, partition, isolation: 'committed', from });
      if (!got) throw new GoneWrong();
      if (got.records.length > 0) await copy(round, name, { own, partition, records: got.records, next: got.next });
      positions.set(at, got.next);
    }
    await think(round, 50);
  }
}

async function copy(
  round: Round,
  name: string,
  { own, partition, records, next }: { own: Transactional; partition: number; records: readonly Seen[]; next: number },
): Promise<void> {
  const { source, target } = copiesOf(round.topics);
  const { recorder } = round;
  const { transactionalId, epoch } = own;
  try {
    const transaction = await own.producer.transaction();
    const txn = recorder.transaction({ process: name, transactionalId, producerId: 0, epoch, atomic: false });
    const at: PartitionName = partitionName(source.name, partition);
    recorder.note(name, { kind: 'poll', isolation: 'committed', records: { [at]: records }, txn });
    const copies = records.map(([, value]) => {
      return { partition: partitionName(target.name, partition), value: `${COPY} ${nextTry()} ${value}` };
    });
    await sendIn(round, name, { transaction, txn, topic: target.name, partition, records: copies });
    const group = copierGroup(round);
    const committing = recorder.invoke(name, { kind: 'commit', group, offsets: { [at]: next }, txn });
    try {
      const topics = [{ topic: source.name, partitions: [{ partition, offset: String(next) }] }];
      await transaction.sendOffsets({ consumerGroupId: group, topics });
      committing.ok();
    } catch (error) {
      committing.info(String(error));
      throw error;
    }
    await end(round, name, { transaction, txn, commit: true });
  } catch (cause) {
    throw new GoneWrong('The transaction failed.', { cause });
  }
}
