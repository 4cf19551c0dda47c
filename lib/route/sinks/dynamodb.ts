import type { CancellationReason, DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { RouteEvent } from '../envelope.ts';
import { oneOf, setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind, WAITS } from '../sink.ts';
import {
  type CallFailure,
  type CallTarget,
  type ClientWishes,
  callFailure,
  clientOptions,
  entryFailure,
  failedOutcome,
  once,
} from './aws-calls.ts';
import { type ItemWrite, itemWrite, type KeySource, keyName } from './dynamodb-item.ts';
import {
  type PositionPlace,
  positionIn,
  positionPlace,
  positionWrite,
  type TableKey,
  type TableKeys,
} from './dynamodb-position.ts';

export interface DynamoDbOptions {
  readonly table: string;
  readonly keySource: KeySource;
  readonly positionTable: string;
}

/** Actions of a transaction, the position's among them, and bytes of its items. Source: TransactWriteItems. */
const TRANSACTION_ITEMS_MAX = 99;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024 - 64 * 1024;
/** Some transactions, one after another. */
const BATCH_EVENTS_MAX = 990;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

interface Tables {
  readonly items: TableKeys;
  readonly positions: TableKeys;
}

interface Step {
  readonly index: number;
  readonly offset: number;
  readonly write: ItemWrite;
}

/** What became of a transaction; `passed`: the position is not where it was to be. */
type Transacted =
  | { readonly is: 'done' }
  | { readonly is: 'passed' }
  | { readonly is: 'failed'; readonly failure: CallFailure };

/**
 * Writes events to a table as items, each transaction with the position behind its last event: position and effect are
 * one. Exactly-once: the transaction is conditional on the position, so that what was written before, by whomever and
 * whether or not the answer came, writes nothing again. Of several events for one item in a transaction the last counts.
 *
 * @example
 * new DynamoDbSink({ table: 'users', keySource: 'key', positionTable: 'users' });
 */
export class DynamoDbSink implements Sink {
  readonly className = 'millrace.DynamoDbSink';
  readonly order = 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax = BATCH_EVENTS_MAX;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #options: DynamoDbOptions;
  readonly #client: () => Promise<DynamoDBClient>;
  #tables: () => Promise<Tables>;

  constructor(options: DynamoDbOptions, wishes: ClientWishes = {}) {
    this.#options = options;
    this.#client = once(async () => {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
      return new DynamoDBClient(clientOptions(wishes));
    });
    this.#tables = once(() => this.#describe());
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    const outcomes: (Outcome | undefined)[] = batch.events.map(() => undefined);
    try {
      const { items, positions } = await this.#tables();
      const place = positionPlace(positions, batch, context);
      if (place === undefined) return batch.events.map(() => ({ is: 'retry', reason: NO_PLACE }));
      // What can be no item is poison whatever the position says: a crash may come before it is among the dead letters.
      const steps = stepsOf(batch.events, outcomes, (event) => itemWrite(event, items, this.#options.keySource));
      for (const part of transactions(steps)) {
        const settled = await this.#settle(part, place, context.signal);
        for (const [at, { index }] of part.entries()) outcomes[index] = settled[at];
        if (settled.some(({ is }) => is !== 'delivered')) break;
      }
    } catch (thrown) {
      const failure = callFailure(thrown, this.#call('dynamodb:DescribeTable'), context.signal);
      return batch.events.map(() => ({ is: 'retry', reason: failure.reason, detail: failure.detail }));
    }
    return outcomes.map((outcome) => outcome ?? WAITS);
  }

  async #settle(steps: readonly Step[], place: PositionPlace, signal: AbortSignal): Promise<readonly Outcome[]> {
    if (steps.length === 0) return [];
    const told = await this.#transact(steps, place, signal);
    if (told.is === 'done') return steps.map(() => DELIVERED);
    if (told.is === 'failed' && told.failure.kind === 'invalid')
      return this.#settleHalves(steps, told.failure, place, signal);
    if (told.is === 'failed' && told.failure.kind !== 'lost') {
      // A table that is made anew may have other keys.
      if (told.failure.kind === 'missing') this.#tables = once(() => this.#describe());
      return steps.map(() => failedOutcome(told.failure));
    }
    const position = await this.#position(place, signal);
    if (typeof position === 'object') return steps.map(() => failedOutcome(position));
    if (position === 'overtaken') {
      const reason = 'a replay of the route has begun, and goes on from its own position';
      return steps.map(() => ({ is: 'retry', reason }));
    }
    const left = steps.filter(({ offset }) => offset >= position);
    const written = steps.slice(left.length).map(() => DELIVERED);
    if (told.is === 'failed') return [...written, ...left.map(() => failedOutcome(told.failure))];
    if (written.length === 0) {
      return steps.map(() => ({ is: 'retry', reason: `the position in table ${place.table} was changed meanwhile` }));
    }
    return [...written, ...(await this.#settle(left, place, signal))];
  }

  /** One of the events spoils the transaction: by halves it comes to stand alone. Those behind it come after its end. */
  async #settleHalves(
    steps: readonly Step[],
    failure: CallFailure,
    place: PositionPlace,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> {
    if (steps.length === 1) return [failedOutcome(failure)];
    const half = Math.ceil(steps.length / 2);
    const first = await this.#settle(steps.slice(0, half), place, signal);
    const rest = steps.slice(half);
    if (first.some(({ is }) => is !== 'delivered')) return [...first, ...rest.map(() => WAITS)];
    return [...first, ...(await this.#settle(rest, place, signal))];
  }

  async #transact(steps: readonly Step[], place: PositionPlace, signal: AbortSignal): Promise<Transacted> {
    const { TransactionCanceledException, TransactWriteItemsCommand } = await import('@aws-sdk/client-dynamodb');
    const call = this.#call('dynamodb:PutItem, DeleteItem and GetItem');
    const last = new Map(steps.map(({ write }) => [keyName(write.key), write]));
    const writes = [...last.values()].map((write) => writeOf(this.#options.table, write));
    try {
      const client = await this.#client();
      const TransactItems = [positionWrite(place, { first: steps[0]!.offset, last: steps.at(-1)!.offset }), ...writes];
      await client.send(new TransactWriteItemsCommand({ TransactItems }), { abortSignal: signal });
      return { is: 'done' };
    } catch (thrown) {
      if (!(thrown instanceof TransactionCanceledException))
        return { is: 'failed', failure: callFailure(thrown, call, signal) };
      const reasons = thrown.CancellationReasons ?? [];
      if (reasons[0]?.Code === 'ConditionalCheckFailed') return { is: 'passed' };
      const { Code = 'TransactionConflict', Message } = firstOf(reasons);
      return { is: 'failed', failure: entryFailure(Code, Message, call) };
    }
  }

  async #position(place: PositionPlace, signal: AbortSignal): Promise<number | 'overtaken' | CallFailure> {
    const { GetItemCommand } = await import('@aws-sdk/client-dynamodb');
    try {
      const client = await this.#client();
      const command = new GetItemCommand({ TableName: place.table, Key: place.key, ConsistentRead: true });
      const { Item } = await client.send(command, { abortSignal: signal });
      return positionIn(Item, place);
    } catch (thrown) {
      return callFailure(thrown, this.#call('dynamodb:GetItem'), signal);
    }
  }

  async #describe(): Promise<Tables> {
    const { table, positionTable } = this.#options;
    const items = await this.#keysOf(table);
    return { items, positions: positionTable === table ? items : await this.#keysOf(positionTable) };
  }

  async #keysOf(table: string): Promise<TableKeys> {
    const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await this.#client();
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const types = new Map(Table?.AttributeDefinitions?.map((one) => [one.AttributeName, one.AttributeType]));
    const inOrder = (Table?.KeySchema ?? []).toSorted((a) => (a.KeyType === 'HASH' ? -1 : 1));
    const keys = inOrder.map(({ AttributeName = '' }): TableKey => {
      const type = types.get(AttributeName);
      return { name: AttributeName, type: type === 'N' || type === 'B' ? type : 'S' };
    });
    return { table, keys };
  }

  #call(right: string): CallTarget {
    return { target: `table ${this.#options.table}`, setting: tableName.name, right };
  }
}

const NO_PLACE =
  'a table whose keys are numbers holds no position. Set dynamodb.position.table.name to one whose partition key is a text';

function stepsOf(
  events: readonly RouteEvent[],
  outcomes: (Outcome | undefined)[],
  make: (event: RouteEvent) => ItemWrite | Outcome,
): Step[] {
  const steps: Step[] = [];
  for (const [index, event] of events.entries()) {
    const made = make(event);
    if ('is' in made) outcomes[index] = made;
    else steps.push({ index, offset: event.offset, write: made });
  }
  return steps;
}

/** Cuts steps into what fits one transaction each. */
function* transactions(steps: readonly Step[]): Generator<Step[]> {
  let part: Step[] = [];
  let keys = new Set<string>();
  let usedBytes = 0;
  for (const step of steps) {
    const key = keyName(step.write.key);
    const full = keys.size === TRANSACTION_ITEMS_MAX && !keys.has(key);
    if (part.length > 0 && (full || usedBytes + step.write.sizeBytes > TRANSACTION_BYTES_MAX)) {
      yield part;
      [part, keys, usedBytes] = [[], new Set(), 0];
    }
    part.push(step);
    keys.add(key);
    usedBytes += step.write.sizeBytes;
  }
  if (part.length > 0) yield part;
}

function writeOf(TableName: string, { key, item }: ItemWrite): TransactWriteItem {
  return item ? { Put: { TableName, Item: item } } : { Delete: { TableName, Key: key } };
}

function firstOf(reasons: readonly CancellationReason[]): CancellationReason {
  return reasons.find(({ Code }) => Code !== undefined && Code !== 'None') ?? {};
}

function tableNamed(text: string): string {
  if (!/^[\w.-]{3,255}$/.test(text)) throw new Error('it takes the name of a table, not its ARN');
  return text;
}

const tableName = setting('dynamodb.table.name', {
  type: 'STRING',
  required: true,
  group: 'DynamoDB',
  documentation: 'The table that items are written to. It must exist.',
  parse: tableNamed,
});
const keySource = setting('dynamodb.key.source', {
  type: 'STRING',
  defaultText: 'value',
  group: 'DynamoDB',
  documentation:
    "Where an item's key attributes are: value, in the JSON object; key, in the event's key. An event without a value deletes what its key names.",
  parse: oneOf('value', 'key'),
});
const positionTable = setting('dynamodb.position.table.name', {
  type: 'STRING',
  group: 'DynamoDB',
  documentation: "The table for the route's positions, an item per partition; by default the table itself.",
  parse: tableNamed,
});

export const DYNAMODB: SinkKind = {
  name: 'dynamodb',
  settings: [tableName, keySource, positionTable],
  read(reader) {
    const [table, source, positions] = [reader.read(tableName), reader.read(keySource), reader.read(positionTable)];
    if (table === undefined || source === undefined) return undefined;
    const options = { table, keySource: source, positionTable: positions ?? table };
    return { options, open: () => new DynamoDbSink(options) };
  },
};
