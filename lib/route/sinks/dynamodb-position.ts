import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { SinkBatch, SinkContext } from '../sink.ts';

export type Attributes = Record<string, AttributeValue>;

/** A table's key attributes: the partition key, then the sort key if it has one. */
export interface TableKeys {
  readonly table: string;
  readonly keys: readonly TableKey[];
}

export interface TableKey {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** Where the position of a partition stands, and of which of the route's generations it is to be. */
export interface PositionPlace {
  readonly table: string;
  readonly key: Attributes;
  /** Counts the route's replays: what an earlier one still sends is refused. */
  readonly generation: number;
  readonly route: string;
}

/** Keys of positions begin so; events may not write such items. */
export const POSITION_PREFIX = 'millrace.position/';

const NEXT = 'millrace.next';
const GENERATION = 'millrace.generation';

/** A position belongs to one route, which its id names for all time, one topic and one partition. */
export function positionPlace(
  positions: TableKeys,
  { topicId, partition }: SinkBatch,
  { route, run }: SinkContext,
): PositionPlace | undefined {
  const cut = run.lastIndexOf('/');
  const key = positionKey(positions, `${run.slice(0, cut)}/${topicId}/${partition}`);
  return key && { table: positions.table, key, generation: Number(run.slice(cut + 1)), route };
}

/** The key of the item that holds a position; undefined where the table cannot have it: its keys are numbers. */
export function positionKey({ keys: [hash, sort] }: TableKeys, scope: string): Attributes | undefined {
  if (hash === undefined || hash.type === 'N') return undefined;
  const key: Attributes = { [hash.name]: textAs(hash.type, POSITION_PREFIX + scope) };
  if (sort) key[sort.name] = sort.type === 'N' ? { N: '0' } : textAs(sort.type, 'position');
  return key;
}

function textAs(type: 'S' | 'B', text: string): AttributeValue {
  return type === 'S' ? { S: text } : { B: Buffer.from(text) };
}

/**
 * Moves the position behind a transaction's events, on condition that it is not beyond the first of them: events that the
 * filter dropped, or that went to the dead letters, may lie between.
 */
export function positionWrite(
  { table, key, generation, route }: PositionPlace,
  { first, last }: { first: number; last: number },
): TransactWriteItem {
  const [hash] = Object.keys(key) as [string];
  return {
    Put: {
      TableName: table,
      Item: {
        ...key,
        [GENERATION]: { N: String(generation) },
        [NEXT]: { N: String(last + 1) },
        'millrace.route': { S: route },
      },
      ConditionExpression:
        'attribute_not_exists(#key) OR #generation < :generation OR (#generation = :generation AND #next <= :first)',
      ExpressionAttributeNames: { '#key': hash, '#generation': GENERATION, '#next': NEXT },
      ExpressionAttributeValues: { ':generation': { N: String(generation) }, ':first': { N: String(first) } },
    },
  };
}

/**
 * The first offset that is not written yet, as the item says; `overtaken` where a later generation has the position.
 *
 * @param item undefined where there is none yet
 */
export function positionIn(item: Attributes | undefined, place: PositionPlace): number | 'overtaken' {
  const generation = Number(item?.[GENERATION]?.N ?? place.generation);
  if (generation > place.generation) return 'overtaken';
  return generation === place.generation ? Number(item?.[NEXT]?.N ?? 0) : 0;
}
