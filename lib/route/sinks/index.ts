/**
 * The sinks that routes deliver to, one module each: its settings, and the sink that is made of them. A new one is
 * written there and named here.
 */
import type { SinkKind } from '../sink.ts';
import { FILE } from './file.ts';
import { TOPIC } from './topic.ts';
import { WEBHOOK } from './webhook.ts';

export const SINK_KINDS: readonly SinkKind[] = [WEBHOOK, FILE, TOPIC];

/** The kind that `connector.class` names. */
export function sinkKind(name: string | undefined): SinkKind | undefined {
  return SINK_KINDS.find((kind) => kind.name === name);
}
