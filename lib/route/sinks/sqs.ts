import { setting } from '../setting.ts';
import type { Sink, SinkKind } from '../sink.ts';
import { type ClientWishes, clientOptions, entryFailure, once } from './aws-calls.ts';
import { type BodyFormat, formatSetting } from './bodies.ts';
import { type EntryLimits, entrySink } from './entries.ts';
import { groupIdOf, type Message, messageOf } from './messages.ts';

/** A queue, as its URL tells. */
export interface Queue {
  readonly url: string;
  /** The URL ends in `.fifo`. */
  readonly fifo: boolean;
  /** Undefined where the URL does not say it. */
  readonly region: string | undefined;
}

export interface SqsOptions {
  readonly queue: Queue;
  readonly format: BodyFormat;
}

/** Source: SQS developer guide, "Message quotas". A queue's own MaximumMessageSize may be lower. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const LIMITS: EntryLimits = {
  what: 'a message of SQS',
  entriesMax: 10,
  entryBytesMax: MESSAGE_BYTES_MAX,
  usualEntryBytesMax: MESSAGE_BYTES_MAX,
  callBytesMax: MESSAGE_BYTES_MAX,
  callsAtOnce: 10,
  // All that we send is checked before: what is left is a size that the queue's own setting forbids.
  finalCodes: new Set([
    'InvalidMessageContents',
    'InvalidParameterValue',
    'InvalidParameterValueException',
    'BatchRequestTooLong',
  ]),
};
/** So much of a partition is in memory for one batch. */
const BATCH_BYTES_MAX = 4 * MESSAGE_BYTES_MAX;

/**
 * Sends events to a queue of SQS. A FIFO queue keeps the order of each message group, which is the key, or without one
 * the partition; and drops for five minutes what comes again, as deduplication ids are made of an event's place in the
 * log. A standard queue keeps no order, so none is waited for.
 *
 * @example
 * sqsSink({ queue: queueOf('https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo'), format: 'value' });
 */
export function sqsSink({ queue, format }: SqsOptions, wishes: ClientWishes = {}): Sink {
  const { url, fifo } = queue;
  const target = {
    target: `queue ${url}`,
    setting: queueUrl.name,
    right: 'sqs:SendMessage (and kms:GenerateDataKey and kms:Decrypt on its key, where it has one)',
  };
  const sender = once(() => openSender(queue, wishes));
  return entrySink<Message>('millrace.SqsSink', BATCH_BYTES_MAX, {
    limits: LIMITS,
    target,
    make: (event, batch, context) =>
      messageOf(event, batch, context, { fifo, format, sizeBytesMax: LIMITS.entryBytesMax }),
    laneOf: (event) => (fifo ? groupIdOf(event) : undefined),
    async send(messages, signal) {
      const send = await sender();
      const { Successful, Failed } = await send(messages, signal);
      const taken = new Set(Successful?.map(({ Id }) => Id));
      const failed = new Map(Failed?.map((one) => [one.Id, one]));
      return messages.map((_, index) => {
        const { Code = 'NoAnswer', Message: said } = failed.get(String(index)) ?? {};
        return taken.has(String(index)) ? undefined : entryFailure(Code, said, target);
      });
    },
  });
}

async function openSender({ url, region }: Queue, wishes: ClientWishes) {
  const { SQSClient, SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
  // An endpoint from the environment (a VPC's, an emulator's) counts more than the host in the URL; the client alone
  // would not look at it.
  const { AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL } = process.env;
  const useQueueUrlAsEndpoint = (AWS_ENDPOINT_URL_SQS ?? AWS_ENDPOINT_URL) === undefined;
  const client = new SQSClient({ ...clientOptions({ region, ...wishes }), useQueueUrlAsEndpoint });
  return (messages: readonly Message[], abortSignal: AbortSignal) => {
    const Entries = messages.map(({ body, attributes, fifo }, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageAttributes: { ...attributes },
      ...(fifo && { MessageGroupId: fifo.groupId, MessageDeduplicationId: fifo.deduplicationId }),
    }));
    return client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }), { abortSignal });
  };
}

/** `sqs.eu-central-1.amazonaws.com`, older `eu-central-1.queue.amazonaws.com`, a VPC's `vpce-1.sqs.eu-central-1.vpce.…`. */
const REGION_IN_HOST = /(?:^|\.)sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws|api\.aws)|^([a-z0-9-]+)\.queue\./;
const QUEUE_PATH = /^\/(?:.+\/)?[A-Za-z0-9_-]{1,80}(\.fifo)?$/;

/**
 * What a queue's URL tells. @throws Error that says what would be right
 *
 * @example
 * queueOf('https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo').fifo; // true
 */
export function queueOf(url: string): Queue {
  const parsed = URL.parse(url);
  const http = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (!parsed || !http || parsed.search || parsed.hash || parsed.username || !QUEUE_PATH.test(parsed.pathname)) {
    const arn = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):(.+)$/.exec(url);
    const [example, meant] = arn
      ? [`https://sqs.${arn[1]}.amazonaws.com/${arn[2]}/${arn[3]}`, ', not its ARN:']
      : ['https://sqs.eu-central-1.amazonaws.com/123456789012/orders', ', such as'];
    throw new Error(`it takes the URL of a queue${meant} ${example}`);
  }
  const [, region, older] = REGION_IN_HOST.exec(parsed.hostname) ?? [];
  return { url, fifo: parsed.pathname.endsWith('.fifo'), region: region ?? older };
}

const queueUrl = setting('sqs.queue.url', {
  type: 'STRING',
  required: true,
  group: 'SQS',
  documentation: 'The URL of the queue. One that ends in .fifo is a FIFO queue: each key is a message group.',
  parse: queueOf,
});
const format = formatSetting('sqs.format', 'SQS');

export const SQS: SinkKind = {
  name: 'sqs',
  settings: [queueUrl, format],
  read(reader) {
    const [queue, body] = [reader.read(queueUrl), reader.read(format)];
    if (queue === undefined || body === undefined) return undefined;
    const options = { queue, format: body };
    return { options, open: () => sqsSink(options) };
  },
};
