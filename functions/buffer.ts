import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { BUFFERED_BODY_BYTES_MAX, type BufferedProduce, HttpError, type ProduceBuffer } from '../lib/http/index.ts';
import { clientOptions } from './client.ts';
import { logFailure } from './logger.ts';

/** What SQS takes in a body: XML's characters, of which a JSON text may have all but two (SendMessage's reference). */
const REFUSED_BY_SQS = /[\uFFFE\uFFFF]/;

const ANSWER_TIMEOUT_MS = 5_000;
/** A send that is made again may put the message in the queue twice, as a queue may deliver it twice anyway. */
const ATTEMPTS_MAX = 3;

/** A produce request as SQS takes it. */
export interface BufferedMessage {
  readonly MessageBody: string;
  readonly MessageAttributes: Record<string, MessageAttributeValue>;
}

/**
 * The message that `functions/ingest.ts` takes out of the queue for a produce request.
 *
 * @throws HttpError `body_too_large` where only base64 can hold the body, and makes it too large
 * @example
 * bufferedMessage(request).MessageAttributes.topic; // { DataType: 'String', StringValue: 'orders' }
 */
export function bufferedMessage(request: BufferedProduce): BufferedMessage {
  const { topic, partition, contentType, body, idempotencyKey } = request;
  const asBase64 = REFUSED_BY_SQS.test(body);
  const MessageBody = asBase64 ? Buffer.from(body).toString('base64') : body;
  if (asBase64 && MessageBody.length > BUFFERED_BODY_BYTES_MAX) {
    throw new HttpError(
      'body_too_large',
      'A buffered request with the characters U+FFFE or U+FFFF goes as base64, a third longer, and is too large so. Escape them (\\ufffe), or send it in parts.',
    );
  }
  const attributes: [string, string | undefined][] = [
    ['topic', topic],
    ['contentType', contentType],
    ['partition', partition === undefined ? undefined : String(partition)],
    ['idempotencyKey', idempotencyKey],
    ['encoding', asBase64 ? 'base64' : undefined],
  ];
  return {
    MessageBody,
    MessageAttributes: Object.fromEntries(
      attributes.flatMap(([name, value]): [string, MessageAttributeValue][] =>
        value === undefined ? [] : [[name, { DataType: 'String', StringValue: value }]],
      ),
    ),
  };
}

/**
 * What puts produce requests in a queue, for `HttpOptions.buffer`. The client is loaded with the first of them. What the
 * queue does not take is answered 503 (`buffer_unavailable`), and logged.
 *
 * @example
 * httpApp(services, { buffer: queueBuffer(environment.ingestQueueUrl) });
 */
export function queueBuffer(queueUrl: string): ProduceBuffer {
  let opened: Promise<(message: BufferedMessage) => Promise<void>> | undefined;
  return async (request) => {
    const message = bufferedMessage(request);
    opened ??= openSender(queueUrl);
    try {
      await (await opened)(message);
    } catch (thrown) {
      logFailure(thrown, 'Sending to the queue of buffered produce');
      const why = 'The queue of buffered produce did not take the request. Send it again, or without /buffered.';
      throw new HttpError('buffer_unavailable', why, { cause: thrown });
    }
  };
}

async function openSender(queueUrl: string): Promise<(message: BufferedMessage) => Promise<void>> {
  const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const sqs = new SQSClient(clientOptions({ answerTimeoutMs: ANSWER_TIMEOUT_MS, attemptsMax: ATTEMPTS_MAX }));
  return async (message) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, ...message }));
  };
}
