import { gzipSync } from 'node:zlib';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { envelopeOf } from '../envelope.ts';
import { oneOf, setting } from '../setting.ts';
import { DELIVERED, type Outcome, type Sink, type SinkBatch, type SinkContext, type SinkKind } from '../sink.ts';
import { type CallTarget, type ClientWishes, callFailure, clientOptions, failedUnless, once } from './aws-calls.ts';
import { parquetOf } from './parquet.ts';

export interface S3Options {
  readonly bucket: string;
  readonly prefix: string;
  readonly format: 'jsonl' | 'parquet';
  readonly gzip: boolean;
  readonly layout: 'plain' | 'hive';
}

/** As much as a worker holds in memory of a ledger at most, so that a route that is behind writes few, large objects. */
const BATCH_EVENTS_MAX = 10_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
const OFFSET_DIGITS = 20;
/** Some MB at a slow 1 MB/s. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Metadata of each object: the id of the topic whose offsets its name speaks of. */
const TOPIC_ID = 'millrace-topic-id';
/** Where an S3 Express bucket shows itself. Source: "Directory bucket naming rules". */
const DIRECTORY_SUFFIX = '--x-s3';

/**
 * An object per batch, named by topic, partition and the range of offsets. Exactly-once: a batch that may have been
 * written comes again with the same range, and so under the same name, where it takes its own place. Objects of a topic
 * that was deleted are not overwritten by a later one of its name, whose offsets mean other events. A replay writes
 * objects of its own ranges beside those of before.
 *
 * @example
 * new S3Sink({ bucket: 'lake', prefix: 'raw/', format: 'parquet', gzip: false, layout: 'hive' });
 * // raw/topic=orders/partition=3/00000000000000000000-00000000000000004711.parquet
 */
export class S3Sink implements Sink {
  readonly className = 'millrace.S3Sink';
  readonly order = 'partition';
  readonly sameBatches = true;
  readonly batchEventsMax = BATCH_EVENTS_MAX;
  readonly batchBytesMax = BATCH_BYTES_MAX;
  readonly #options: S3Options;
  readonly #call: CallTarget;
  readonly #client: () => Promise<S3Client>;

  constructor(options: S3Options, wishes: ClientWishes = { answerTimeoutMs: ANSWER_TIMEOUT_MS }) {
    this.#options = options;
    const right = 's3:PutObject and s3:GetObject';
    this.#call = { target: `bucket ${options.bucket}`, setting: bucketName.name, right };
    this.#client = once(async () => {
      const { S3Client } = await import('@aws-sdk/client-s3');
      // Names with dots break TLS, and emulators' hosts break, where the bucket is part of the host.
      const forcePathStyle = !options.bucket.endsWith(DIRECTORY_SUFFIX);
      return new S3Client({ ...clientOptions(wishes), forcePathStyle });
    });
  }

  async deliver(batch: SinkBatch, { signal }: SinkContext): Promise<readonly Outcome[]> {
    const outcome = await this.#write(batch, signal);
    return batch.events.map(() => outcome);
  }

  async #write(batch: SinkBatch, signal: AbortSignal): Promise<Outcome> {
    const object: PutObjectCommandInput = {
      Bucket: this.#options.bucket,
      Key: objectKey(this.#options, batch),
      Body: await contentOf(this.#options, batch),
      ContentType: contentType(this.#options),
      Metadata: { [TOPIC_ID]: batch.topicId },
    };
    try {
      return (await this.#putNew(object, signal)) ? DELIVERED : await this.#putAgain(object, batch, signal);
    } catch (thrown) {
      return failedUnless(callFailure(thrown, this.#call, signal), []);
    }
  }

  /** False where an object of that name is there already. */
  async #putNew(object: PutObjectCommandInput, abortSignal: AbortSignal): Promise<boolean> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const client = await this.#client();
    try {
      await client.send(new PutObjectCommand({ ...object, IfNoneMatch: '*' }), { abortSignal });
      return true;
    } catch (thrown) {
      if (thrown instanceof Error && thrown.name === 'PreconditionFailed') return false;
      throw thrown;
    }
  }

  /** In place of what an earlier try wrote: the same events, unless the route's settings were changed in between. */
  async #putAgain(
    object: PutObjectCommandInput,
    { topic, topicId }: SinkBatch,
    abortSignal: AbortSignal,
  ): Promise<Outcome> {
    const { HeadObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
    const client = await this.#client();
    const { Bucket, Key } = object;
    const { Metadata, ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal });
    const owner = Metadata?.[TOPIC_ID];
    if (owner !== topicId) {
      const whose =
        owner === undefined ? 'was not written by a route' : `is of an earlier topic "${topic}", of the id ${owner}`;
      return {
        is: 'retry',
        reason: `${Key} in bucket ${Bucket} ${whose}. Move it away, or set another ${prefix.name}`,
      };
    }
    await client.send(new PutObjectCommand({ ...object, IfMatch: ETag }), { abortSignal });
    return DELIVERED;
  }
}

/**
 * `<prefix><topic>/<partition>/<first offset>-<last offset>.jsonl`, offsets in 20 digits so that names sort as they do.
 *
 * @example
 * objectKey({ ...options, prefix: '', layout: 'hive' }, batch); // topic=orders/partition=3/0…0-0…4711.parquet
 */
export function objectKey({ prefix, layout, format, gzip }: Omit<S3Options, 'bucket'>, batch: SinkBatch): string {
  const { topic, partition, from, to } = batch;
  const folder = layout === 'hive' ? `topic=${topic}/partition=${partition}` : `${topic}/${partition}`;
  const [first, last] = [from, to - 1].map((offset) => String(offset).padStart(OFFSET_DIGITS, '0'));
  return `${prefix}${folder}/${first}-${last}.${format}${gzip ? '.gz' : ''}`;
}

async function contentOf({ format, gzip }: S3Options, { events }: SinkBatch): Promise<Uint8Array> {
  if (format === 'parquet') return parquetOf(events);
  const lines = Buffer.from(events.map((event) => `${JSON.stringify({ ...envelopeOf(event) })}\n`).join(''));
  return gzip ? gzipSync(lines) : lines;
}

function contentType({ format, gzip }: S3Options): string {
  if (format === 'parquet') return 'application/vnd.apache.parquet';
  return gzip ? 'application/gzip' : 'application/x-ndjson';
}

const bucketName = setting('s3.bucket.name', {
  type: 'STRING',
  required: true,
  group: 'S3',
  documentation: 'The bucket that objects are written to. It must exist.',
  parse: (text) => {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text))
      throw new Error('it takes the name of a bucket, not its ARN or URL');
    return text;
  },
});
const prefix = setting('s3.prefix', {
  type: 'STRING',
  group: 'S3',
  documentation: 'What the names of objects begin with, such as raw/ (with its slash).',
  parse: (text) => {
    if (!/^(?!\/)[A-Za-z0-9!_.*'()=/-]{0,500}$/.test(text)) {
      throw new Error("it takes up to 500 letters, digits and !_.*'()=/- and no slash at its beginning");
    }
    return text;
  },
});
const format = setting('s3.format', {
  type: 'STRING',
  defaultText: 'jsonl',
  group: 'S3',
  documentation: "jsonl: JSON of the whole event, a line each. parquet: the columns of Spark's Kafka source.",
  parse: oneOf('jsonl', 'parquet'),
});
const compression = setting('s3.compression', {
  type: 'STRING',
  defaultText: 'none',
  group: 'S3',
  documentation: 'none or gzip, for jsonl; Parquet is compressed within, by Snappy.',
  parse: oneOf('none', 'gzip'),
});
const layout = setting('s3.layout', {
  type: 'STRING',
  defaultText: 'plain',
  group: 'S3',
  documentation: 'plain: orders/3/. hive: topic=orders/partition=3/, which Athena and Spark know.',
  parse: oneOf('plain', 'hive'),
});

export const S3: SinkKind = {
  name: 's3',
  settings: [bucketName, prefix, format, compression, layout],
  read(reader) {
    const [bucket, start, form] = [reader.read(bucketName), reader.read(prefix) ?? '', reader.read(format)];
    const [codec, tree] = [reader.read(compression), reader.read(layout)];
    if (form === 'parquet' && codec === 'gzip') {
      reader.fail(compression.name, `"${compression.name}" is for ${format.name}=jsonl: Parquet is compressed within`);
    }
    if (!bucket || !form || !codec || !tree) return undefined;
    const options = { bucket, prefix: start, format: form, gzip: codec === 'gzip', layout: tree };
    return { options, open: () => new S3Sink(options) };
  },
};
