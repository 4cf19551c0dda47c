import type { InvocationResponse, LambdaClient } from '@aws-sdk/client-lambda';
import type { RouteEvent } from '../envelope.ts';
import { oneOf, setting, whole } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind, WAITS } from '../sink.ts';
import { type Arn, arnOf } from './arn.ts';
import {
  type CallFailure,
  type CallTarget,
  callFailure,
  clientOptions,
  failedUnless,
  once,
  tooLarge,
} from './aws-calls.ts';
import { asBuffer } from './bodies.ts';
import { eventOverheadBytes, eventText, type KafkaEventSource, readAnswer, recordText } from './kafka-event.ts';

export interface LambdaOptions {
  readonly function: Arn;
  readonly source: KafkaEventSource;
  readonly batchRecordsMax: number;
  readonly timeoutMs: number;
}

/** The payload of a synchronous invocation. Source: Lambda quotas. */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;
/** Base64 makes 4 bytes of 3; the rest is left to names and headers, and what does not fit goes in another invocation. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const TOO_LARGE = 'RequestTooLargeException';
/** Of what a function says of its failure, this much may end up in a trace or a dead letter. */
const DETAIL_CHARS_MAX = 2_000;

/** What became of an invocation. */
type Invoked =
  | { readonly is: 'done'; readonly failedFrom: number | undefined }
  /** The function ran and failed: on which event nobody knows. */
  | { readonly is: 'failed'; readonly outcome: Outcome }
  | { readonly is: 'refused'; readonly failure: CallFailure };

/**
 * Invokes a function with what an event source mapping for Kafka would give it, and waits for its end. Where the function
 * fails, the batch is halved until the event on which it fails stands alone; that one is tried again, and those behind it
 * wait: each partition stays in order. `batchItemFailures` are honoured. At least once: an answer can be lost, and the
 * function deduplicates by topic, partition and offset, as it would for Kafka.
 *
 * @example
 * new LambdaSink({ function: arn, source: { arn: undefined, bootstrapServers: '…' }, batchRecordsMax: 100, timeoutMs });
 */
export class LambdaSink implements Sink {
  readonly className = 'millrace.LambdaSink';
  readonly order = 'partition';
  readonly sameBatches = false;
  readonly batchEventsMax: number;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #options: LambdaOptions;
  readonly #call: CallTarget;
  readonly #client: () => Promise<LambdaClient>;

  constructor(options: LambdaOptions) {
    this.#options = options;
    this.batchEventsMax = options.batchRecordsMax;
    const { text, region } = options.function;
    this.#call = { target: `function ${text}`, setting: functionArn.name, right: 'lambda:InvokeFunction' };
    this.#client = once(async () => {
      const { LambdaClient } = await import('@aws-sdk/client-lambda');
      return new LambdaClient(clientOptions({ answerTimeoutMs: options.timeoutMs, region }));
    });
  }

  async deliver(batch: SinkBatch, context: SinkContext): Promise<readonly Outcome[]> {
    const topicPartition = `${batch.topic}-${batch.partition}`;
    const roomBytes = PAYLOAD_BYTES_MAX - eventOverheadBytes(this.#options.source, topicPartition);
    const outcomes: Outcome[] = [];
    for (const part of parts(batch.events, roomBytes)) {
      const got =
        'poison' in part
          ? [part.poison]
          : await this.#settle(part.records, (records) => this.#invoke(topicPartition, records, context.signal));
      outcomes.push(...got);
      if (got.some(({ is }) => is === 'retry' || is === 'waits')) break;
    }
    return [...outcomes, ...batch.events.slice(outcomes.length).map(() => WAITS)];
  }

  async #settle(
    records: readonly Encoded[],
    invoke: (records: readonly Encoded[]) => Promise<Invoked>,
  ): Promise<Outcome[]> {
    const invoked = await invoke(records);
    if (invoked.is === 'done') {
      const { failedFrom = Number.POSITIVE_INFINITY } = invoked;
      const { target } = this.#call;
      const failed: Outcome = { is: 'retry', reason: `${target} named it among its batchItemFailures` };
      return records.map(({ offset }) => (offset < failedFrom ? DELIVERED : offset === failedFrom ? failed : WAITS));
    }
    const outcome = invoked.is === 'failed' ? invoked.outcome : failedUnless(invoked.failure, [TOO_LARGE]);
    // Others would meet the same: nobody to call, no right to, no answer.
    const forAll = invoked.is === 'refused' && outcome.is === 'retry';
    if (forAll || records.length === 1) return records.map(() => outcome);
    const half = Math.ceil(records.length / 2);
    const first = await this.#settle(records.slice(0, half), invoke);
    const rest = records.slice(half);
    return [
      ...first,
      ...(first.every(({ is }) => is === 'delivered') ? await this.#settle(rest, invoke) : rest.map(() => WAITS)),
    ];
  }

  async #invoke(topicPartition: string, records: readonly Encoded[], signal: AbortSignal): Promise<Invoked> {
    const texts = records.map(({ text }) => text);
    try {
      const client = await this.#client();
      const { InvokeCommand } = await import('@aws-sdk/client-lambda');
      const command = new InvokeCommand({
        FunctionName: this.#options.function.text,
        InvocationType: 'RequestResponse',
        Payload: Buffer.from(eventText(this.#options.source, topicPartition, texts)),
      });
      const answer = await client.send(command, { abortSignal: signal });
      return this.#invoked(answer, topicPartition, new Set(records.map(({ offset }) => offset)));
    } catch (thrown) {
      // Where the route was stopped, too: what this batch has delivered before is still to be told.
      return { is: 'refused', failure: callFailure(thrown, this.#call) };
    }
  }

  #invoked(
    { FunctionError, Payload }: InvocationResponse,
    topicPartition: string,
    offsets: ReadonlySet<number>,
  ): Invoked {
    const { target } = this.#call;
    if (FunctionError !== undefined) {
      const detail = Payload && asBuffer(Payload).toString('utf8').slice(0, DETAIL_CHARS_MAX);
      const reason = `${target} failed (${FunctionError}); its log says why`;
      return { is: 'failed', outcome: { is: 'retry', reason, ...(detail && { detail }) } };
    }
    const answer = readAnswer(Payload, topicPartition, offsets);
    if (answer === 'all') return { is: 'done', failedFrom: undefined };
    if (answer !== 'unclear') return { is: 'done', failedFrom: answer.failedFrom };
    const reason = `${target} answered batchItemFailures that name none of its records: each is {"itemIdentifier":{"topic-partition":"${topicPartition}","offset":…}}`;
    return { is: 'failed', outcome: { is: 'retry', reason } };
  }
}

interface Encoded {
  readonly offset: number;
  readonly text: string;
}

/** Cuts events into what fits one payload each; an event that fits none stands alone. */
function* parts(
  events: readonly RouteEvent[],
  roomBytes: number,
): Generator<{ records: Encoded[] } | { poison: Outcome }> {
  let records: Encoded[] = [];
  let usedBytes = 0;
  for (const event of events) {
    const text = recordText(event);
    const sizeBytes = Buffer.byteLength(text) + ','.length;
    if (records.length > 0 && usedBytes + sizeBytes > roomBytes) {
      yield { records };
      [records, usedBytes] = [[], 0];
    }
    if (sizeBytes > roomBytes) {
      yield { poison: tooLarge(sizeBytes, { what: 'the payload of an invocation', limitBytes: roomBytes }) };
      continue;
    }
    records.push({ offset: event.offset, text });
    usedBytes += sizeBytes;
  }
  if (records.length > 0) yield { records };
}

const functionArn = setting('lambda.function.arn', {
  type: 'STRING',
  required: true,
  group: 'Lambda',
  documentation: 'The ARN of the function to invoke, of a version or alias of it if wanted.',
  parse: arnOf(
    'lambda',
    /^function:[\w-]{1,64}(:[\w$-]{1,128})?$/,
    'arn:aws:lambda:us-east-1:123456789012:function:orders',
  ),
});
const eventSource = setting('lambda.event.source', {
  type: 'STRING',
  defaultText: 'aws:kafka',
  group: 'Lambda',
  documentation: 'What the event says of its source: aws:kafka, as Amazon MSK does, or SelfManagedKafka.',
  parse: oneOf('aws:kafka', 'SelfManagedKafka'),
});
const eventSourceArn = setting('lambda.event.source.arn', {
  type: 'STRING',
  group: 'Lambda',
  documentation:
    'The eventSourceArn of an aws:kafka event, where the function looks at it; by default one of a cluster named millrace.',
  parse: arnOf('kafka', /^cluster\/.+$/, 'arn:aws:kafka:us-east-1:123456789012:cluster/orders/8f2c-1'),
});
const bootstrapServers = setting('lambda.bootstrap.servers', {
  type: 'STRING',
  defaultText: 'millrace:9092',
  group: 'Lambda',
  documentation: 'The bootstrapServers of the event, where the function looks at them.',
  parse: (text) => {
    if (!/^[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*$/.test(text))
      throw new Error('it takes host:port, several separated by commas');
    return text;
  },
});
const batchRecords = setting('lambda.batch.max.records', {
  type: 'INT',
  defaultText: '100',
  group: 'Lambda',
  documentation:
    'Events per invocation at most, as the BatchSize of an event source mapping; 6 MB at most in any case.',
  parse: whole(1, 10_000),
});
const timeout = setting('lambda.timeout.ms', {
  type: 'INT',
  defaultText: '300000',
  group: 'Lambda',
  documentation:
    "How long an answer may take. Longer than the function's own timeout: what ends later is invoked again.",
  parse: whole(1_000, 16 * 60_000),
});

export const LAMBDA: SinkKind = {
  name: 'lambda',
  settings: [functionArn, eventSource, eventSourceArn, bootstrapServers, batchRecords, timeout],
  read(reader) {
    const [arn, kind, given] = [reader.read(functionArn), reader.read(eventSource), reader.read(eventSourceArn)];
    const [servers, batchRecordsMax, timeoutMs] = [
      reader.read(bootstrapServers),
      reader.read(batchRecords),
      reader.read(timeout),
    ];
    if (kind === 'SelfManagedKafka' && given !== undefined) {
      reader.fail(
        eventSourceArn.name,
        `"${eventSourceArn.name}" is for ${eventSource.name}=aws:kafka: others have none`,
      );
    }
    if (!arn || !kind || !servers || !batchRecordsMax || !timeoutMs) return undefined;
    const source = {
      arn: kind === 'aws:kafka' ? (given?.text ?? clusterArn(arn)) : undefined,
      bootstrapServers: servers,
    };
    const options = { function: arn, source, batchRecordsMax, timeoutMs };
    return { options, open: () => new LambdaSink(options) };
  },
};

function clusterArn({ partition, region, account }: Arn): string {
  return `arn:${partition}:kafka:${region}:${account}:cluster/millrace/00000000-0000-0000-0000-000000000000-1`;
}
