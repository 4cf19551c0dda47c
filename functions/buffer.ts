import type { MessageAttributeValue, SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { type BufferedProduce, HttpError, type ProduceBuffer } from '../lib/http/index.ts';
import { logFailure } from './logger.ts';

/** What SQS takes in a body: XML's characters, of which a JSON text may have all but two (SendMessage's reference). */
const REFUSED_BY_SQS = /[\uFFFE\uFFFF]/;

const TIMEOUT_MS = 5_000;
/** A send that is made again may put the message in the queue twice, as a queue may deliver it twice anyway. */
const ATTEMPTS_MAX = 3;

/**
 * The message that `functions/ingest.ts` takes out of the queue for a produce request.
 *
 * @example
 * bufferedMessage(request).MessageAttributes.topic; // { DataType: 'String', StringValue: 'orders' }
 */
export function bufferedMessage(
  request: BufferedProduce,
): Required<Pick<SendMessageCommandInput, 'MessageBody' | 'MessageAttributes'>> {
  const { topic, partition, contentType, body, idempotencyKey } = request;
  const asBase64 = REFUSED_BY_SQS.test(body);
  const attributes: [string, string | undefined][] = [
    ['topic', topic],
    ['contentType', contentType],
    ['partition', partition === undefined ? undefined : String(partition)],
    ['idempotencyKey', idempotencyKey],
    ['encoding', asBase64 ? 'base64' : undefined],
  ];
  return {
    MessageBody: asBase64 ? Buffer.from(body).toString('base64') : body,
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
  let opened: Promise<(request: BufferedProduce) => Promise<void>> | undefined;
  return async (request) => {
    opened ??= openSender(queueUrl);
    try {
      await (await opened)(request);
    } catch (thrown) {
      logFailure(thrown, 'Sending to the queue of buffered produce');
      const message = 'The queue of buffered produce did not take the request. Send it again, or without /buffered.';
      throw new HttpError('buffer_unavailable', message, { cause: thrown });
    }
  };
}

async function openSender(queueUrl: string): Promise<(request: BufferedProduce) => Promise<void>> {
  const { SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
  const sqs = new SQSClient({
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: TIMEOUT_MS },
  });
  return async (request) => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, ...bufferedMessage(request) }));
  };
}
