import * as z from 'zod';
import type { TopicEvents } from '../../topic/index.ts';
import { parseJson, requireUtf8 } from '../body.ts';
import { HttpError } from '../http-error.ts';
import { JsonScanner } from '../json/scanner.ts';
import type { HttpLimits } from '../limits.ts';
import { parse } from '../request.ts';
import { parseRecord, type RecordIn } from './record-body.ts';

const PARTITIONS_MAX = 10_000;
const GROUPS_MAX = 50;

const offset = z.int().min(0);

const groupOffsets = z
  .strictObject({
    consumer_group_id: z.string().min(1),
    /** A consumer instance of the v2 API, which is a member. */
    consumer_instance: z.string().min(1).optional(),
    /** A member by its own name, with its epoch or, of the classic protocol, its generation. */
    consumer_id: z.string().min(1).optional(),
    consumer_epoch: z.int().min(0).optional(),
    instance_id: z.string().min(1).optional(),
    partitions: z
      .array(
        z.strictObject({
          topic_name: z.string().min(1),
          partition_id: z.int().min(0),
          offset,
          from_offset: offset.optional(),
          metadata: z.string().nullish(),
        }),
      )
      .min(1)
      .max(PARTITIONS_MAX),
  })
  .refine((body) => (body.consumer_id === undefined) === (body.consumer_epoch === undefined), {
    error: '"consumer_id" and "consumer_epoch" come together',
  })
  .refine((body) => body.consumer_instance === undefined || body.consumer_id === undefined, {
    error: 'at most one of "consumer_instance" and "consumer_id" is needed',
  });

export const consumedBody = z
  .array(groupOffsets)
  .max(GROUPS_MAX)
  .refine((all) => new Set(all.map((one) => one.consumer_group_id)).size === all.length, {
    error: 'a group comes once, with all its partitions',
  });

/** What one group has consumed, as a request says it. */
export type GroupOffsets = z.infer<typeof groupOffsets>;

/** A transaction as a request says it. */
export interface TransactionIn {
  readonly records: readonly (RecordIn & { readonly topic: string })[];
  readonly offsets: readonly GroupOffsets[];
}

/**
 * `{"records":[{"topic_name":…, as a record of v3 …}],"offsets":[{"consumer_group_id":…,"partitions":[…]}]}`. Values are kept
 * as the text that came, as everywhere.
 *
 * @throws HttpError json_invalid, json_too_deep, request_invalid naming the record
 */
export function parseTransaction(bytes: Uint8Array, limits: HttpLimits): TransactionIn {
  requireUtf8(bytes);
  const json = new JsonScanner(bytes, limits.jsonDepthMax);
  const places: (readonly [from: number, to: number])[] = [];
  let offsets: readonly GroupOffsets[] = [];
  if (json.kind() !== 'object') throw invalid('The body must be an object with "records", "offsets" or both.');
  if (json.enter('object')) {
    do {
      json.name();
      const name = Buffer.from(bytes.subarray(json.nameAt, json.nameEnd)).toString();
      if (name === 'records') recordPlaces(json, places, limits);
      else if (name === 'offsets') offsets = parse(consumedBody, parseJson(valueAt(json, bytes), limits));
      else throw invalid(`The body has an unknown member "${name.slice(0, 40)}"; it may have "records" and "offsets".`);
    } while (json.next('object'));
  }
  json.finish();
  const records = places.map(([from, to], i) => recordAt(bytes.subarray(from, to), i, limits));
  if (records.length === 0 && offsets.length === 0) throw invalid('The transaction has neither records nor offsets.');
  return { records, offsets };
}

function recordPlaces(json: JsonScanner, places: (readonly [number, number])[], limits: HttpLimits): void {
  if (json.kind() !== 'array') throw invalid('"records" must be an array.');
  if (!json.enter('array')) return;
  do {
    json.space();
    const from = json.at;
    json.value();
    places.push([from, json.at]);
    if (places.length > limits.recordsMax) throw invalid(`A transaction has at most ${limits.recordsMax} records.`);
  } while (json.next('array'));
}

function valueAt(json: JsonScanner, bytes: Uint8Array): Uint8Array {
  json.space();
  const from = json.at;
  json.value();
  return bytes.subarray(from, json.at);
}

function recordAt(bytes: Uint8Array, index: number, limits: HttpLimits): RecordIn & { topic: string } {
  const record = parseRecord(bytes, limits, { place: `records[${index}]` });
  if (record.topic === undefined) throw invalid(`records[${index}] must have a "topic_name".`);
  return { ...record, topic: record.topic };
}

/** The records by topic, each topic's in their order, and where each record is among them. */
export function byTopic(records: TransactionIn['records']): {
  topics: readonly TopicEvents[];
  places: readonly { readonly topic: number; readonly event: number }[];
} {
  const indexes = new Map<string, number>();
  const topics: { topic: string; events: TopicEvents['events'][number][] }[] = [];
  const places = records.map(({ topic, event }) => {
    let index = indexes.get(topic);
    if (index === undefined) {
      index = topics.push({ topic, events: [] }) - 1;
      indexes.set(topic, index);
    }
    return { topic: index, event: topics[index]!.events.push(event) - 1 };
  });
  return { topics, places };
}

function invalid(message: string): HttpError {
  return new HttpError('request_invalid', message);
}
