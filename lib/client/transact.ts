import { ClientError } from './errors.ts';
import { type ClientEvent, type EventToSend, type Placed, recordOf, requireEvents } from './events.ts';
import type { Http } from './http.ts';

/** What was consumed of one partition. */
export interface ConsumedRange {
  readonly topic: string;
  readonly partition: number;
  /** The first offset of it: a group that has come further refuses. */
  readonly from?: number;
  /** Behind the last one: what the group reads next. */
  readonly to: number;
}

/** Events and offsets that are stored together, or not at all. */
export interface Transaction {
  readonly to?: readonly (EventToSend & { readonly topic: string })[];
  readonly consumed?: {
    readonly group: string;
    readonly ranges: readonly ConsumedRange[];
    /** The consumer instance, or the member with its epoch, that consumed; nobody, where the group has no members. */
    readonly by?: { readonly instance: string } | { readonly memberId: string; readonly memberEpoch: number };
  };
}

/** The ranges of events, per partition. */
export function rangesOf(events: readonly ClientEvent[]): ConsumedRange[] {
  const ranges = new Map<string, { topic: string; partition: number; from: number; to: number }>();
  for (const { topic, partition, offset } of events) {
    const name = `${topic}/${partition}`;
    const range = ranges.get(name) ?? { topic, partition, from: offset, to: offset + 1 };
    ranges.set(name, { ...range, from: Math.min(range.from, offset), to: Math.max(range.to, offset + 1) });
  }
  return [...ranges.values()];
}

export async function transact(
  http: Http,
  clusterId: string,
  { to = [], consumed }: Transaction,
  { key, signal }: { key: string; signal?: AbortSignal | undefined },
): Promise<readonly Placed[]> {
  requireEvents(to);
  const offsets = consumed && {
    consumer_group_id: consumed.group,
    ...(consumed.by && 'instance' in consumed.by && { consumer_instance: consumed.by.instance }),
    ...(consumed.by &&
      'memberId' in consumed.by && { consumer_id: consumed.by.memberId, consumer_epoch: consumed.by.memberEpoch }),
    partitions: consumed.ranges.map(({ topic, partition, from, to: offset }) => {
      return { topic_name: topic, partition_id: partition, offset, ...(from !== undefined && { from_offset: from }) };
    }),
  };
  const body = { records: to.map((event) => recordOf(event, event.topic)), ...(offsets && { offsets: [offsets] }) };
  const path = `/v3/clusters/${encodeURIComponent(clusterId)}/transactions`;
  const answer = await http.ask({ method: 'POST', path, body, key, signal });
  return placedIn(answer);
}

interface PlacedRecord {
  readonly topic_name: string;
  readonly partition_id: number;
  readonly offset: number;
}

function placedIn(answer: unknown): Placed[] {
  const records = (answer as { records?: readonly PlacedRecord[] } | undefined)?.records;
  if (!Array.isArray(records)) throw new ClientError('answer_invalid', 'The answer to a transaction has no "records".');
  return (records as readonly PlacedRecord[]).map((one) => {
    return { topic: one.topic_name, partition: one.partition_id, offset: one.offset };
  });
}
