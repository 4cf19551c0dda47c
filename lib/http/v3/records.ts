import type { Hono } from 'hono';
import type { Placed } from '../../topic/index.ts';
import { bodyChunks, contentLength, HeldBytes, withBody } from '../body.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { errorAnswer } from '../errors.ts';
import { HttpError } from '../http-error.ts';
import { JsonSplitter } from '../json/splitter.ts';
import { JSON_TYPE, reply } from '../reply.ts';
import { idempotencyKey, param } from '../request.ts';
import type { HttpServices } from '../services.ts';
import { idempotent } from '../v2/produce.ts';
import { parseRecord, type RecordIn } from './record-body.ts';

interface Produce {
  readonly services: HttpServices;
  readonly policy: HttpPolicy;
  readonly clusterId: string;
  readonly topic: string;
  readonly onError: (error: unknown) => void;
  /** Throws where the right to write was taken away: a stream without end is asked again and again. */
  readonly requireRight: () => Promise<void>;
}

/**
 * REST Proxy v3's produce, `POST /v3/clusters/{cluster}/topics/{topic}/records`. The body is one record, or any number of
 * them one behind the other.
 *
 * - With a Content-Length, or an Idempotency-Key: all records are stored, or none. One record is answered by one receipt,
 *   more by a receipt per line.
 * - Chunked without a key, the request is a stream without end: records are stored as they come, and answered with a
 *   receipt per line as they are stored. A record that is refused gets a receipt with its error; the others go on. Where
 *   the text is no more JSON, the last receipt says so, and the stream ends.
 */
export function recordRoutes(
  app: Hono<HttpEnv>,
  services: HttpServices,
  policy: HttpPolicy,
  options: { clusterId: string; onError: (error: unknown, request: string) => void },
): void {
  app.post('/v3/clusters/:cluster/topics/:topic/records', async (c) => {
    requireJson(c);
    const topic = param(c, 'topic');
    const produce: Produce = {
      services,
      policy,
      clusterId: options.clusterId,
      topic,
      requireRight: () => policy.access.requireTopics(c, 'WRITE', [topic]),
      onError: (error) => options.onError(error, `${c.req.method} ${c.req.path}`),
    };
    const key = idempotencyKey(c, policy);
    if (key !== undefined || contentLength(c) !== undefined) return whole(c, produce, key);
    await services.topics.describe(produce.topic); // a stream for nowhere is refused before it begins
    const body = ReadableStream.from(streamed(c, produce));
    return c.body(body, 200, { 'content-type': JSON_TYPE, 'transfer-encoding': 'chunked' });
  });
}

function requireJson(c: HttpContext): void {
  const type = c.req.header('content-type') ?? '';
  if (/^application\/(x-ndjson|([\w.-]+\+)?json)\s*(;|$)/i.test(type)) return;
  throw new HttpError(
    'media_type_unsupported',
    `Content-Type "${type.slice(0, 100)}" is not one of records; send ${JSON_TYPE}.`,
  );
}

function whole(c: HttpContext, produce: Produce, key: string | undefined): Promise<Response> {
  const { limits } = produce.policy;
  return withBody(c, produce.policy, async (bytes) => {
    const options = key === undefined ? {} : idempotent(key, bytes);
    const splitter = new JsonSplitter(limits.bodyBytesMax, limits.recordsMax);
    const records = splitter.push(bytes).map((object) => parseRecord(object, limits));
    splitter.end();
    if (records.length === 0) throw new HttpError('request_invalid', 'The body has no record.');
    const nowMs = key === undefined ? produce.services.clock.nowMs() : undefined;
    const events = records.map((record) => record.event);
    const placed = await produce.services.events.produce(produce.topic, events, options);
    const receipts = records.map((record, i) => receipt(produce, record, placed[i]!, nowMs));
    if (receipts.length === 1) return reply(c, receipts[0]);
    return c.body(lines(receipts), 200, { 'content-type': JSON_TYPE });
  });
}

async function* streamed(c: HttpContext, produce: Produce): AsyncGenerator<Uint8Array> {
  const { limits } = produce.policy;
  const splitter = new JsonSplitter(limits.bodyBytesMax);
  const held = new HeldBytes(produce.policy, undefined);
  try {
    for await (const chunk of bodyChunks(c)) {
      held.atLeast(Math.min(splitter.heldBytes + chunk.length, limits.bodyBytesMax));
      const objects = splitter.push(chunk);
      if (objects.length > 0) yield Buffer.from(lines(await storeEach(produce, objects)));
    }
    splitter.end();
  } catch (error) {
    yield Buffer.from(lines([refusal(produce, error)]));
  } finally {
    held.release();
  }
}

type Read = { readonly record: RecordIn } | { readonly refused: object };

/** Stores what arrived together in one append; where that is refused, one by one, so that each gets its own answer. */
async function storeEach(produce: Produce, objects: readonly Uint8Array[]): Promise<object[]> {
  const read = objects.map((object): Read => {
    try {
      return { record: parseRecord(object, produce.policy.limits) };
    } catch (error) {
      return { refused: refusal(produce, error) };
    }
  });
  const records = read.flatMap((one) => ('record' in one ? [one.record] : []));
  let stored: object[];
  try {
    stored = await store(produce, records);
  } catch (error) {
    stored = await refusedTogether(produce, records, error);
  }
  let next = 0;
  return read.map((one) => ('record' in one ? stored[next++]! : one.refused));
}

/** What the client did wrong may concern one record alone; of any other failure nobody knows what was stored. */
async function refusedTogether(produce: Produce, records: readonly RecordIn[], error: unknown): Promise<object[]> {
  const { status } = errorAnswer(error, 'v3');
  if (status < 500 && status !== 429 && records.length > 1) return storeSingly(produce, records);
  const refused = refusal(produce, error);
  return records.map(() => refused);
}

async function storeSingly(produce: Produce, records: readonly RecordIn[]): Promise<object[]> {
  const receipts: object[] = [];
  for (const record of records) {
    try {
      receipts.push(...(await store(produce, [record])));
    } catch (error) {
      receipts.push(refusal(produce, error));
    }
  }
  return receipts;
}

async function store(produce: Produce, records: readonly RecordIn[]): Promise<object[]> {
  if (records.length === 0) return [];
  await produce.requireRight();
  const { events, clock } = produce.services;
  const nowMs = clock.nowMs();
  const placed = await events.produce(
    produce.topic,
    records.map((record) => record.event),
  );
  return records.map((record, i) => receipt(produce, record, placed[i]!, nowMs));
}

/** `nowMs` is undefined for a request with a key: a retry must get the first answer, whose moment is not known then. */
function receipt(produce: Produce, record: RecordIn, placed: Placed, nowMs: number | undefined) {
  const { event, keyType, valueType } = record;
  const timestampMs = event.timestampMs ?? nowMs;
  return {
    error_code: 200,
    cluster_id: produce.clusterId,
    topic_name: produce.topic,
    partition_id: placed.partition,
    offset: placed.offset,
    timestamp: timestampMs === undefined ? null : isoTime(timestampMs),
    key: keyType && { type: keyType, size: event.key?.length ?? 0 },
    value: valueType && { type: valueType, size: event.value?.length ?? 0 },
  };
}

/** The largest time that Date can write; an event's own timestamp may be any safe integer. */
const ISO_TIME_MS_MAX = 8.64e15;

function isoTime(ms: number): string | number {
  return ms <= ISO_TIME_MS_MAX ? new Date(ms).toISOString() : ms;
}

function refusal(produce: Produce, error: unknown): object {
  const { body, unexpected } = errorAnswer(error, 'v3');
  if (unexpected) produce.onError(error);
  return body;
}

function lines(receipts: readonly object[]): string {
  return receipts.map((one) => `${JSON.stringify(one)}\n`).join('');
}
