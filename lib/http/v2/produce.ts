import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import type { EventIn, Events, Placed, ProduceOptions } from '../../topic/index.ts';
import { withBody } from '../body.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { JsonWriter } from '../json/writer.ts';
import { contentType, replyBytes, V2_JSON } from '../reply.ts';
import { idempotencyKey, param, partitionParam } from '../request.ts';
import { parseProduce } from './produce-body.ts';

/**
 * `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`: REST Proxy v2's produce, in the formats json
 * and binary. All records of a request are stored, or none. Beyond REST Proxy: `timestamp` and `headers` per record, and
 * the header `Idempotency-Key`.
 */
export function produceRoutes(app: Hono<HttpEnv>, events: Events, policy: HttpPolicy): void {
  app.post('/topics/:topic', (c) => produce(c, events, policy));
  app.post('/topics/:topic/partitions/:partition', (c) => produce(c, events, policy, partitionParam(c)));
}

async function produce(c: HttpContext, events: Events, policy: HttpPolicy, partition?: number): Promise<Response> {
  const topic = param(c, 'topic');
  const type = contentType(c);
  const key = idempotencyKey(c, policy);
  const placed = await withBody(c, policy, (bytes) => {
    // Before parsing, which takes white space out of the body in place.
    const options = key === undefined ? {} : idempotent(key, bytes);
    const parsed = parseProduce(bytes, type, policy.limits);
    return events.produce(topic, partition === undefined ? parsed : into(partition, parsed), options);
  });
  return replyBytes(c, answer(placed), V2_JSON);
}

/** A few dozen records a piece. */
const PIECE_CHARS = 4 * 1024;

/** The fingerprint tells a retry from another request that took the same key by mistake. */
export function idempotent(key: string, body: Uint8Array): ProduceOptions {
  return { idempotencyKey: key, fingerprint: createHash('sha256').update(body).digest() };
}

/** Events that the path sends to one partition. */
export function into(partition: number, events: readonly EventIn[]): EventIn[] {
  return events.map((event) => ({ ...event, partition }));
}

function answer(placed: readonly Placed[]): Uint8Array<ArrayBuffer> {
  const out = new JsonWriter();
  // Pieces of text are joined as strings before they become bytes: a write per record costs more than the parsing.
  let text = '{"offsets":[';
  for (let i = 0; i < placed.length; i++) {
    const { partition, offset } = placed[i]!;
    text += `${i === 0 ? '' : ','}{"partition":${partition},"offset":${offset},"error_code":null,"error":null}`;
    if (text.length < PIECE_CHARS) continue;
    out.ascii(text);
    text = '';
  }
  return out.ascii(text).ascii('],"key_schema_id":null,"value_schema_id":null}').done();
}
