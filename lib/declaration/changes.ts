import type { ConfigTexts } from '../route/index.ts';
import type { DeclaredRoute, DeclaredTopic } from './model.ts';

/** Settings to write; null takes one back to its default. */
export type TextChanges = Readonly<Record<string, string | null>>;

/**
 * What the declaration changed since it was last carried out, less what is so already. What it did not change is left as
 * it is, whoever set it.
 *
 * @example
 * changedTexts({ a: '1', b: '1' }, { a: '2' }, { a: '1', b: '1', c: '1' }); // { a: '2', b: null }
 */
export function changedTexts(last: ConfigTexts | undefined, next: ConfigTexts, present: ConfigTexts): TextChanges {
  const changes: Record<string, string | null> = {};
  for (const [name, text] of Object.entries(next)) {
    if (textOf(last, name) !== text && textOf(present, name) !== text) changes[name] = text;
  }
  for (const name of Object.keys(last ?? {})) {
    if (!Object.hasOwn(next, name) && Object.hasOwn(present, name)) changes[name] = null;
  }
  return changes;
}

/** What a topic that is there needs: settings, more partitions, and why it cannot have the number declared. */
export interface TopicChanges {
  readonly settings: TextChanges;
  readonly partitions: number | undefined;
  readonly refused: string | undefined;
}

/** Partitions only grow: a declared number that is less than what is there cannot come true. */
export function topicChanges(
  last: DeclaredTopic | undefined,
  next: DeclaredTopic,
  present: { readonly partitions: number; readonly config: ConfigTexts },
): TopicChanges {
  const settings = changedTexts(last?.settings, next.settings, present.config);
  const wanted = next.partitions === last?.partitions ? undefined : next.partitions;
  if (wanted === undefined || wanted === present.partitions)
    return { settings, partitions: undefined, refused: undefined };
  if (wanted > present.partitions) return { settings, partitions: wanted, refused: undefined };
  const refused = `it has ${present.partitions} partitions, and their number can only grow: declare ${present.partitions} or more, not ${wanted}.`;
  return { settings, partitions: undefined, refused };
}

/** What a route that is there needs. Secrets in `present` are hidden, so one that the declaration changed is written. */
export interface RouteChanges {
  readonly config: TextChanges;
  /** Undefined: as it is. Null: the function that all routes share. */
  readonly worker: string | null | undefined;
}

export function routeChanges(
  last: DeclaredRoute,
  next: DeclaredRoute,
  present: { readonly config: ConfigTexts; readonly worker: string | undefined },
): RouteChanges {
  const same = next.worker === last.worker || next.worker === present.worker;
  return {
    config: changedTexts(last.config, next.config, present.config),
    worker: same ? undefined : (next.worker ?? null),
  };
}

function textOf(texts: ConfigTexts | undefined, name: string): string | undefined {
  return texts && Object.hasOwn(texts, name) ? texts[name] : undefined;
}
