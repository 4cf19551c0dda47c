import { setting } from '../setting.ts';
import type { Sink, SinkKind } from '../sink.ts';
import { arnOf } from './arn.ts';
import { clientOptions, entryFailure, once } from './aws-calls.ts';
import { type BodyFormat, formatSetting } from './bodies.ts';
import { type EntryLimits, entrySink } from './entries.ts';
import { groupIdOf, type Message, messageOf } from './messages.ts';

/** A topic of SNS, as its ARN tells. */
export interface SnsTopic {
  readonly arn: string;
  /** The ARN ends in `.fifo`. */
  readonly fifo: boolean;
  readonly region: string;
}

export interface SnsOptions {
  readonly topic: SnsTopic;
  readonly format: BodyFormat;
}

/** Source: SNS API reference, Publish. A topic's MaximumMessageSize is 256 KiB, and can be set to 1 MiB. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const USUAL_MESSAGE_BYTES_MAX = 256 * 1024;
const LIMITS: EntryLimits = {
  what: 'a message of SNS',
  entriesMax: 10,
  entryBytesMax: MESSAGE_BYTES_MAX,
  usualEntryBytesMax: USUAL_MESSAGE_BYTES_MAX,
  callBytesMax: USUAL_MESSAGE_BYTES_MAX,
  callsAtOnce: 10,
  // InvalidParameter is not among them: SNS says so of a topic's ARN too.
  finalCodes: new Set(['BatchRequestTooLong', 'BatchRequestTooLongException']),
};
const BATCH_BYTES_MAX = 4 * MESSAGE_BYTES_MAX;

/**
 * Publishes events to a topic of SNS. A FIFO topic keeps the order of each message group and drops what comes again, as a
 * FIFO queue does (see `sqsSink`); a standard one keeps no order.
 *
 * @example
 * snsSink({ topic: snsTopicOf('arn:aws:sns:eu-central-1:123456789012:orders'), format: 'value' });
 */
export function snsSink({ topic, format }: SnsOptions): Sink {
  const { arn, fifo } = topic;
  const target = {
    target: `SNS topic ${arn}`,
    setting: topicArn.name,
    right: 'sns:Publish (and kms:GenerateDataKey and kms:Decrypt on its key, where it has one)',
  };
  const publisher = once(() => openPublisher(topic));
  return entrySink<Message>('millrace.SnsSink', BATCH_BYTES_MAX, {
    limits: LIMITS,
    target,
    make: (event, batch, context) =>
      messageOf(event, batch, context, { fifo, format, sizeBytesMax: LIMITS.usualEntryBytesMax }),
    laneOf: (event) => (fifo ? groupIdOf(event) : undefined),
    async send(messages, signal) {
      const publish = await publisher();
      const { Successful, Failed } = await publish(messages, signal);
      const taken = new Set(Successful?.map(({ Id }) => Id));
      const failed = new Map(Failed?.map((one) => [one.Id, one]));
      return messages.map((_, index) => {
        const { Code = 'NoAnswer', Message: said } = failed.get(String(index)) ?? {};
        return taken.has(String(index)) ? undefined : entryFailure(Code, said, target);
      });
    },
  });
}

async function openPublisher({ arn, region }: SnsTopic) {
  const { SNSClient, PublishBatchCommand } = await import('@aws-sdk/client-sns');
  const client = new SNSClient(clientOptions({ region }));
  return (messages: readonly Message[], abortSignal: AbortSignal) => {
    const PublishBatchRequestEntries = messages.map(({ body, attributes, fifo }, index) => ({
      Id: String(index),
      Message: body,
      MessageAttributes: { ...attributes },
      ...(fifo && { MessageGroupId: fifo.groupId, MessageDeduplicationId: fifo.deduplicationId }),
    }));
    return client.send(new PublishBatchCommand({ TopicArn: arn, PublishBatchRequestEntries }), { abortSignal });
  };
}

/** What a topic's ARN tells. @throws Error that says what would be right */
export function snsTopicOf(text: string): SnsTopic {
  const { region } = parseTopicArn(text);
  return { arn: text, fifo: text.endsWith('.fifo'), region };
}
const parseTopicArn = arnOf('sns', /^[A-Za-z0-9_-]{1,256}(\.fifo)?$/, 'arn:aws:sns:eu-central-1:123456789012:orders');

const topicArn = setting('sns.topic.arn', {
  type: 'STRING',
  required: true,
  group: 'SNS',
  documentation: 'The ARN of the SNS topic. One that ends in .fifo is a FIFO topic: each key is a message group.',
  parse: snsTopicOf,
});
const format = formatSetting('sns.format', 'SNS');

export const SNS: SinkKind = {
  name: 'sns',
  settings: [topicArn, format],
  read(reader) {
    const [topic, body] = [reader.read(topicArn), reader.read(format)];
    if (topic === undefined || body === undefined) return undefined;
    const options = { topic, format: body };
    return { options, open: () => snsSink(options) };
  },
};
