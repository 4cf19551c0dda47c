import { type Client, segment } from './client.ts';
import type { WireStable } from './held-back.ts';

/** A topic as `GET /topics/{topic}` has it. */
export interface TopicInfo {
  readonly name: string;
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: readonly { readonly partition: number }[];
}

export interface OffsetRange extends WireStable {
  readonly beginning_offset: number;
  readonly end_offset: number;
}

/** Requests of one kind that are under way at the same moment. */
const PARALLEL = 16;

/** @throws ServerError 404 where there is no such topic */
export function topicInfo(client: Client, topic: string): Promise<TopicInfo> {
  return client.ask<TopicInfo>(`/topics/${segment(topic)}`);
}

export function partitionPath(topic: string, partition: number): string {
  return `/topics/${segment(topic)}/partitions/${partition}`;
}

export function offsetRange(client: Client, topic: string, partition: number): Promise<OffsetRange> {
  return client.ask<OffsetRange>(`${partitionPath(topic, partition)}/offsets`);
}

/** `work` for each of `inputs`, some at a time; results in the order of the inputs. */
export async function forEachOf<T, R>(
  inputs: readonly T[],
  work: (input: T) => Promise<R>,
  parallel = PARALLEL,
): Promise<R[]> {
  const results: R[] = new Array(inputs.length);
  let next = 0;
  const lane = async () => {
    while (next < inputs.length) {
      const at = next++;
      results[at] = await work(inputs[at]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, inputs.length) }, lane));
  return results;
}
