import { type RouteEvent, textOrBase64 } from './envelope.ts';
import type { Sink } from './sink.ts';

/** Bytes that an event holds while it waits. */
export function eventBytes(event: RouteEvent): number {
  return (event.key?.length ?? 0) + (event.value?.length ?? 0);
}

/** Events that are delivered one after another. */
export interface Lane {
  readonly id: string;
  readonly partition: number;
  readonly queue: RouteEvent[];
}

/**
 * Events waiting for delivery, by what keeps them in order: their key, or their partition. Events without a key are
 * ordered against nothing, unless the sink wants partitions in order.
 */
export class Lanes {
  readonly #order: Sink['order'];
  readonly #lanes = new Map<string, Lane>();

  constructor(order: Sink['order']) {
    this.#order = order;
  }

  /** Puts the event at the end of its lane; returns the lane where it was empty, and so nobody serves it yet. */
  push(event: RouteEvent): Lane | undefined {
    const id = this.#laneOf(event);
    const lane = this.#lanes.get(id);
    if (lane) {
      lane.queue.push(event);
      return undefined;
    }
    const opened: Lane = { id, partition: event.partition, queue: [event] };
    this.#lanes.set(id, opened);
    return opened;
  }

  /** The first events of a lane that fit one batch, which must stay within `before` (an offset) where given. */
  take(lane: Lane, sink: Sink, before = Number.POSITIVE_INFINITY): RouteEvent[] {
    let count = 0;
    let sizeBytes = 0;
    for (const event of lane.queue) {
      sizeBytes += eventBytes(event);
      const full = count === sink.batchEventsMax || (count > 0 && sizeBytes > sink.batchBytesMax);
      if (event.offset >= before || full) break;
      count++;
    }
    return lane.queue.splice(0, count);
  }

  /** Ends the lane where nothing waits in it any more; false where something does. */
  close(lane: Lane): boolean {
    if (lane.queue.length > 0) return false;
    this.#lanes.delete(lane.id);
    return true;
  }

  #laneOf(event: RouteEvent): string {
    if (this.#order === 'partition') return `${event.partition}`;
    if (event.key === null) return `${event.partition}@${event.offset}`;
    return `${event.partition}/${textOrBase64(event.key)}`;
  }
}
