import * as z from 'zod';
import { attribute, parseEvent, type SourceKind } from './source.ts';

const KIND = { name: 'sns', service: 'Amazon SNS' };

const snsEvent = z.object({
  Records: z.array(
    z.object({
      EventSource: z.literal('aws:sns'),
      Sns: z.object({
        MessageId: z.string().min(1),
        TopicArn: z.string(),
        Message: z.string(),
        Timestamp: z.iso.datetime({ offset: true }),
        Subject: z.string().nullish(),
        MessageAttributes: z.record(z.string(), z.object({ Type: z.string(), Value: z.string() })).default({}),
      }),
    }),
  ),
});

/**
 * Amazon SNS. Key: none (`attributes.Subject` or another attribute, where asked for). Value: the message as it came. Headers:
 * its attributes and `Subject`. Failures: the invocation, which Lambda makes again twice before its on-failure destination
 * gets the event.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
 */
export const SNS: SourceKind = {
  ...KIND,
  reporting: 'invocation',
  deduplicate: 'batch',
  read: (event) =>
    parseEvent(KIND, snsEvent, event).Records.map(({ Sns: message }) => ({
      id: message.MessageId,
      reportedAs: message.MessageId,
      lane: undefined,
      timestampMs: Date.parse(message.Timestamp),
      key: null,
      value: Buffer.from(message.Message),
      attributes: [
        ...Object.entries(message.MessageAttributes).map(([name, { Type, Value }]) =>
          Type === 'Binary' ? ([name, Buffer.from(Value, 'base64')] as const) : attribute(name, Value),
        ),
        ...(message.Subject == null ? [] : [attribute('Subject', message.Subject)]),
      ],
    })),
};
