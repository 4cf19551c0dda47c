import * as z from 'zod';
import { attribute, parseEvent, type SourceKind } from './source.ts';

const KIND = { name: 'eventbridge', service: 'Amazon EventBridge' };

/** An event of EventBridge, whatever its detail. */
export const eventBridgeEvent = z.object({
  id: z.string().min(1),
  source: z.string(),
  'detail-type': z.string(),
  time: z.iso.datetime({ offset: true }),
  account: z.string(),
  region: z.string(),
  detail: z.unknown(),
});

/**
 * Amazon EventBridge. Key: none (`value.detail.<path>`, where asked for). Value: the whole event as JSON, `detail` and all.
 * Headers: `source`, `detail-type`, `account`, `region`. Failures: the invocation, which Lambda makes again twice before its
 * on-failure destination gets the event.
 *
 * Source: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export const EVENTBRIDGE: SourceKind = {
  ...KIND,
  reporting: 'invocation',
  deduplicate: 'batch',
  read: (event) => {
    const parsed = parseEvent(KIND, eventBridgeEvent, event);
    return [
      {
        id: parsed.id,
        reportedAs: parsed.id,
        lane: undefined,
        timestampMs: Date.parse(parsed.time),
        key: null,
        value: Buffer.from(JSON.stringify(event)),
        attributes: (['source', 'detail-type', 'account', 'region'] as const).map((name) =>
          attribute(name, parsed[name]),
        ),
      },
    ];
  },
};
