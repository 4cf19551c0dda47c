import type { Item, ItemKey } from '../store/index.ts';

/** A topic as it is stored: one item, all topics under one key, so that listing them is a query. */
export interface TopicRecord {
  name: string;
  topicId: string;
  partitions: number;
  width: number;
  config: Record<string, string>;
  createdMs: number;
  /** `creating` and `deleting` topics are not seen; whoever meets one finishes what was begun. */
  state: 'creating' | 'active' | 'deleting';
  /** Every change is conditional on it. */
  version: number;
}

export const TOPICS_PK = 'topics';

export function topicKey(name: string): ItemKey {
  return { pk: TOPICS_PK, sk: name };
}

export function topicItem(topic: TopicRecord): Item {
  return {
    id: topic.topicId,
    n: topic.partitions,
    w: topic.width,
    c: topic.config,
    t: topic.createdMs,
    s: topic.state,
    v: topic.version,
  };
}

export function parseTopic(name: string, item: Item): TopicRecord {
  return {
    name,
    topicId: item.id as string,
    partitions: item.n as number,
    width: item.w as number,
    config: item.c as Record<string, string>,
    createdMs: item.t as number,
    state: item.s as TopicRecord['state'],
    version: item.v as number,
  };
}
