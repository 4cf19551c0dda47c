import type { Hono } from 'hono';
import type { EventIn, Events } from '../../topic/index.ts';
import { withBody } from '../body.ts';
import type { HttpContext, HttpEnv, HttpPolicy } from '../context.ts';
import { HttpError } from '../http-error.ts';
import { BUFFERED_BODY_BYTES_MAX } from '../limits.ts';
import { contentType, reply } from '../reply.ts';
import { idempotencyKey, param, partitionParam } from '../request.ts';
import { into } from './produce.ts';
import { parseProduce } from './produce-body.ts';

/** A produce request on its way into a queue, found right but not yet stored. */
export interface BufferedProduce {
  readonly topic: string;
  /** Where the path names one, all records go there. */
  readonly partition: number | undefined;
  /** The media type, which says how keys and values stand in the body. */
  readonly contentType: string;
  /** As it came: JSON, at most `BUFFERED_BODY_BYTES_MAX` bytes of UTF-8. */
  readonly body: string;
  readonly idempotencyKey: string | undefined;
}

/** Takes a request over for good: when it resolves, the request is durable. A rejection is answered as an error. */
export type ProduceBuffer = (request: BufferedProduce) => Promise<void>;

/**
 * `POST /buffered/topics/{topic}` and `POST /buffered/topics/{topic}/partitions/{partition}`: the same requests as without
 * `/buffered`, for many small senders: a queue takes them, and a batch of them is stored as one. They are checked at once, as
 * far as they can be, and answered 202 with the number of records, whose offsets nobody knows yet.
 */
export function bufferedRoutes(
  app: Hono<HttpEnv>,
  events: Events,
  policy: HttpPolicy,
  buffer: ProduceBuffer | undefined,
): void {
  app.post('/buffered/topics/:topic', (c) => enqueue(c, events, policy, buffer));
  app.post('/buffered/topics/:topic/partitions/:partition', (c) =>
    enqueue(c, events, policy, buffer, partitionParam(c)),
  );
}

async function enqueue(
  c: HttpContext,
  events: Events,
  policy: HttpPolicy,
  buffer: ProduceBuffer | undefined,
  partition?: number,
): Promise<Response> {
  const topic = param(c, 'topic');
  if (!buffer) {
    throw new HttpError(
      'buffer_missing',
      `There is no queue for buffered produce here. Send the request to ${c.req.path.replace(/^\/buffered/, '')}.`,
    );
  }
  const type = contentType(c);
  const key = idempotencyKey(c, policy);
  const accepted = await withBody(c, policy, async (bytes) => {
    if (bytes.length > BUFFERED_BODY_BYTES_MAX) {
      throw new HttpError(
        'body_too_large',
        `A buffered request takes at most ${BUFFERED_BODY_BYTES_MAX} bytes; this one has ${bytes.length}. Send it in parts, or without /buffered.`,
      );
    }
    // Before parsing, which takes white space out of the body in place, and tells bytes that are no text.
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    const parsed = parseProduce(bytes, type, policy.limits);
    await requireTakeable(events, topic, partition === undefined ? parsed : into(partition, parsed));
    await buffer({ topic, partition, contentType: type.type, body, idempotencyKey: key });
    return parsed.length;
  });
  return reply(c, { accepted }, 202);
}

/** @throws TopicError: what the topic would refuse when it comes out of the queue is refused here */
async function requireTakeable(events: Events, topic: string, parsed: readonly EventIn[]): Promise<void> {
  const refused = (await events.refusals(topic, parsed)).find((error) => error !== undefined);
  if (refused) throw refused;
}
