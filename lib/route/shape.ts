import { type DeliveryParts, giveUp } from './delivery.ts';
import { envelopeOf, type RouteEvent } from './envelope.ts';
import { reasonOf } from './errors.ts';
import type { CompiledRoute } from './task.ts';

/**
 * The event as it is to be delivered: filtered, then transformed. Undefined where it is dropped, or where its transform
 * failed and it was given up. @throws TaskFailure where errors are not tolerated
 */
export async function shape(
  { filter, transform }: CompiledRoute,
  delivery: DeliveryParts,
  event: RouteEvent,
): Promise<RouteEvent | undefined> {
  if (!filter && !transform) return event;
  const envelope = envelopeOf(event);
  if (filter && !filter(envelope)) return filtered(delivery);
  if (!transform) return event;
  try {
    const value = await transform(envelope);
    return value ? { ...event, value, original: event } : filtered(delivery);
  } catch (thrown) {
    await giveUp(delivery, event, {
      stage: 'TRANSFORMATION',
      className: 'millrace.Transform',
      exception: 'millrace.TransformFailed',
      message: reasonOf(thrown),
      // What JSONata says may quote the event.
      brief: 'its transform failed',
    });
    return undefined;
  }
}

function filtered({ progress }: DeliveryParts): undefined {
  progress.counts.filtered++;
}
