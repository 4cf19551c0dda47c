import { suggestion } from '../../bytes/index.ts';
import { isTopicName } from '../setting.ts';
import { SourceError } from './errors.ts';
import { KEY_FORMS, type KeyFrom, parseKey } from './key.ts';
import { SOURCE_KINDS } from './kinds.ts';
import type { Deduplication, SourceKind } from './source.ts';

/** A source as its owner writes it: what `MILLRACE_SOURCE` holds as JSON. */
export interface SourceConfig {
  /** `sqs`, `sns`, `eventbridge`, `s3`, `dynamodb` or `kinesis`. */
  readonly kind: string;
  /** The topic that events go to. It must exist when they come. */
  readonly topic: string;
  /** Tells sources of one kind and topic apart, in logs and idempotency keys; the kind, unless given. */
  readonly name?: string;
  /** Where events' keys come from: `source`, `none`, `attributes.<name>` or `value.<path>`; `source`, unless given. */
  readonly key?: string;
  /** The topic for records that can never be in `topic`; without it they are reported as failures. */
  readonly deadLetterTopic?: string;
  /** `batch`, `record` or `none`; unless given, `none` for sqs and `batch` for the others. */
  readonly deduplicate?: string;
  /** For dynamodb: whether a removed item becomes a tombstone, an event without a value. False, unless given. */
  readonly tombstones?: boolean;
}

/** A source's settings, parsed. */
export interface SourceSettings {
  readonly name: string;
  readonly kind: SourceKind;
  readonly topic: string;
  readonly key: KeyFrom;
  readonly deadLetterTopic: string | undefined;
  readonly deduplicate: Deduplication;
  readonly tombstones: boolean;
}

const KNOWN: readonly string[] = ['kind', 'topic', 'name', 'key', 'deadLetterTopic', 'deduplicate', 'tombstones'];
const DEDUPLICATIONS: readonly string[] = ['batch', 'record', 'none'] satisfies Deduplication[];
/** Idempotency keys begin with it. */
const NAME = /^[a-zA-Z0-9._-]{1,100}$/;

/**
 * A source's settings, checked: for the function that runs it, and for CDK before anything is deployed.
 *
 * @throws SourceError `source_settings_invalid` with all that is wrong, and what would be right
 * @example
 * parseSource({ kind: 'sqs', topic: 'orders', key: 'value.order.id' }).kind.reporting; // 'records'
 */
export function parseSource(config: unknown): SourceSettings {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw invalid(['they are an object with "kind" and "topic"']);
  }
  const given = config as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (KNOWN.includes(name)) continue;
    problems.push(
      `"${name}" is no setting of a source.${suggestion(name, KNOWN) || ` There are ${KNOWN.join(', ')}.`}`,
    );
  }
  const kind = kindOf(given.kind, problems);
  const topic = topicOf(given, 'topic', problems) ?? '';
  if (given.topic === undefined) problems.push('"topic" is missing: the topic that events go to');
  const deadLetterTopic = topicOf(given, 'deadLetterTopic', problems);
  if (deadLetterTopic !== undefined && deadLetterTopic === topic) {
    problems.push('"deadLetterTopic" is another topic than "topic", which cannot have those records');
  }
  const key = keyFrom(given.key, problems);
  const deduplicate = deduplicationOf(given.deduplicate, problems) ?? kind?.deduplicate;
  const name = nameOf(given.name, problems) ?? kind?.name;
  const tombstones = tombstonesOf(given.tombstones, kind, problems);
  if (problems.length > 0 || !kind || !key || deduplicate === undefined || name === undefined) throw invalid(problems);
  return { name, kind, topic, key, deadLetterTopic, deduplicate, tombstones };
}

function kindOf(given: unknown, problems: string[]): SourceKind | undefined {
  const names = SOURCE_KINDS.map(({ name }) => name);
  const kind = SOURCE_KINDS.find(({ name }) => name === given);
  if (kind) return kind;
  const meant = typeof given === 'string' ? suggestion(given, names) : '';
  problems.push(
    `"kind" is ${given === undefined ? 'missing' : shown(given)}; it is one of ${names.join(', ')}.${meant}`,
  );
  return undefined;
}

function topicOf(given: Readonly<Record<string, unknown>>, name: string, problems: string[]): string | undefined {
  const topic = given[name];
  if (topic === undefined || (typeof topic === 'string' && isTopicName(topic))) return topic;
  problems.push(`"${name}" is ${shown(topic)}; a topic's name is 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'`);
  return undefined;
}

function keyFrom(given: unknown, problems: string[]): KeyFrom | undefined {
  const key = given === undefined ? ({ from: 'source' } as const) : typeof given === 'string' && parseKey(given);
  if (key) return key;
  problems.push(`"key" is ${shown(given)}; it takes ${KEY_FORMS}`);
  return undefined;
}

function deduplicationOf(given: unknown, problems: string[]): Deduplication | undefined {
  if (given === undefined || (typeof given === 'string' && DEDUPLICATIONS.includes(given))) {
    return given as Deduplication | undefined;
  }
  problems.push(`"deduplicate" is ${shown(given)}; it is one of ${DEDUPLICATIONS.join(', ')}`);
  return undefined;
}

function nameOf(given: unknown, problems: string[]): string | undefined {
  if (given === undefined || (typeof given === 'string' && NAME.test(given))) return given;
  problems.push(`"name" is ${shown(given)}; it has 1 to 100 of a-z, A-Z, 0-9, '.', '_' and '-'`);
  return undefined;
}

function tombstonesOf(given: unknown, kind: SourceKind | undefined, problems: string[]): boolean {
  if (given !== undefined && typeof given !== 'boolean')
    problems.push(`"tombstones" is ${shown(given)}; true or false`);
  else if (given && kind && kind.name !== 'dynamodb') {
    problems.push(`"tombstones" is for the kind dynamodb; what "${kind.name}" brings removes nothing`);
  }
  return given === true;
}

const SHOWN_CHARS = 100;

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_CHARS);
}

function invalid(problems: readonly string[]): SourceError {
  const list = problems.map((one) => one.replace(/\.$/, '')).join('; ');
  return new SourceError('source_settings_invalid', `The settings of this source cannot be: ${list}.`);
}
