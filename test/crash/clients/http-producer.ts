import { type PartitionName, partitionName, type SentRecord } from '../../checker/index.ts';
import { ask, Cut, V2_BINARY } from '../http.ts';
import { below, type CrashClient, nextValue, PARTITIONS_PER_LEDGER, pick, type Round, think } from './client.ts';

interface Offsets {
  readonly offsets: readonly { partition: number; offset: number }[];
}

const RECORDS_MAX = 6;
/** Refused with one of these, a request of one ledger has had no effect: too much is under way, or there is no room. */
const REFUSED: ReadonlySet<number> = new Set([429, 507]);

/**
 * Sends requests with a key each, over several partitions, again and again until they are answered. Such a request is
 * atomic: all of its records are there, or none.
 */
export const keyedHttpProducer: CrashClient = async (round, name) => {
  const { recorder, ending } = round;
  for (let serial = 0; !ending.aborted; serial++) {
    const { topic, records } = request(round, name);
    const txn = recorder.transaction({ process: name, atomic: true });
    const sending = recorder.invoke(name, { kind: 'send', records, txn });
    const end = recorder.invoke(name, { kind: 'end', txn, commit: true });
    const key = { 'idempotency-key': `${round.prefix}-${name}-${serial}` };
    for (;;) {
      const answer = await post(round, topic, records, key);
      if (answer !== undefined && 'placed' in answer) {
        sending.ok({ records: answer.placed });
        end.ok();
        break;
      }
      await think(round, 200);
    }
    await think(round);
  }
};

/** Sends everything once. */
export const plainHttpProducer: CrashClient = async (round, name) => {
  while (!round.ending.aborted) {
    const { topic, records } = request(round, name);
    const sending = round.recorder.invoke(name, { kind: 'send', records });
    const answer = await post(round, topic, records, {});
    if (answer === undefined) sending.info('no answer');
    else if ('placed' in answer) sending.ok({ records: answer.placed });
    else if (REFUSED.has(answer.status) && ledgersOf(records) === 1) sending.fail(String(answer.status));
    else sending.info(String(answer.status));
    await think(round, answer && 'placed' in answer ? 30 : 300);
  }
};

function request({ random, topics }: Round, name: string): { topic: string; records: SentRecord[] } {
  const { name: topic, partitions } = pick(random, topics);
  const records = Array.from({ length: 1 + below(random, RECORDS_MAX) }, () => {
    const key = `k${below(random, 10)}`;
    return { partition: partitionName(topic, below(random, partitions)), key, value: nextValue(name) };
  });
  return { topic, records };
}

/** Without a key, each ledger has its share of a request by itself. */
function ledgersOf(records: readonly SentRecord[]): number {
  return new Set(records.map(({ partition }) => Math.floor(numberOf(partition!) / PARTITIONS_PER_LEDGER))).size;
}

function numberOf(partition: PartitionName): number {
  return Number(partition.slice(partition.lastIndexOf('/') + 1));
}

/** @returns undefined where there was no answer */
async function post(
  { site, random }: Round,
  topic: string,
  records: readonly SentRecord[],
  headers: Readonly<Record<string, string>>,
): Promise<{ placed: SentRecord[] } | { status: number } | undefined> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const json = {
    records: records.map(({ partition, key, value }) => ({
      partition: numberOf(partition!),
      key: base64(key!),
      value: base64(value),
    })),
  };
  const url = `${pick(random, site.http)}/topics/${topic}`;
  try {
    const { status, body } = await ask<Offsets>('POST', url, {
      json,
      headers: { 'content-type': V2_BINARY, ...headers },
    });
    if (status !== 200) return { status };
    return { placed: records.map((record, i) => ({ ...record, offset: body.offsets[i]!.offset })) };
  } catch (error) {
    if (error instanceof Cut) return undefined;
    throw error;
  }
}
