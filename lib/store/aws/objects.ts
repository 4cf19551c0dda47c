import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ObjectStore, StoreError } from '../port.ts';
import { checkLimit, checkObjectKey, checkRange } from '../request.ts';
import { bodyOf, streamOf } from './body.ts';
import type { Calls } from './calls.ts';
import { hasStatus } from './failures.ts';
import { listInOrder, listUnordered } from './listing.ts';
import { putInParts } from './multipart.ts';

/** What the objects of one bucket are reached with. */
export interface ObjectParts {
  readonly client: S3Client;
  readonly bucket: string;
  readonly calls: Calls;
  /** A directory bucket: S3 Express One Zone. */
  readonly directory: boolean;
}

/** Above this, a put goes in parts side by side: one stream to S3 carries some 80 MB/s. Flushes of 8 MiB stay one request. */
export const SINGLE_PUT_BYTES_MAX = 16 * 1024 * 1024;

/** S3's most keys of one DeleteObjects. */
const DELETE_KEYS_MAX = 1_000;

/** Rounds in which the service may be too busy for some of the keys. */
const DELETE_ROUNDS_MAX = 5;

const [NOT_FOUND, PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE] = [404, 412, 416];

/** Objects in an S3 bucket. */
export function s3Objects(parts: ObjectParts): ObjectStore {
  const { client, bucket, calls } = parts;
  const size = async (key: string): Promise<number | undefined> => {
    const answer = await calls.read('Looking for an object', (abortSignal) =>
      client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal }).catch(missing),
    );
    return answer?.ContentLength;
  };

  return {
    put: (key, bytes) =>
      calls.track(async () => {
        checkObjectKey(key);
        try {
          const sizeBytes = bytes.reduce((sum, part) => sum + part.length, 0);
          await (sizeBytes > SINGLE_PUT_BYTES_MAX ? putInParts : putWhole)(parts, key, bytes);
        } catch (error) {
          if (!(error instanceof StoreError) || !hasStatus(error.cause, PRECONDITION_FAILED)) throw error;
          throw new StoreError('object_exists', `The object "${key}" exists already; objects never change.`);
        }
      }),

    get: (key, from = 0, to) =>
      calls.track(async () => {
        checkObjectKey(key);
        checkRange(from, to);
        if (to !== undefined && to <= from) {
          // HTTP has no empty range; but a missing object must still be told.
          if ((await size(key)) === undefined) throw objectMissing(key);
          return new Uint8Array(0);
        }
        const range = rangeHeader(from, to);
        const bytes = await calls.read('Reading an object', async (abortSignal) => {
          const command = new GetObjectCommand({
            Bucket: bucket,
            Key: key,
            ...(range !== undefined && { Range: range }),
          });
          const answer = await client.send(command, { abortSignal }).catch((error: unknown) => {
            if (hasStatus(error, RANGE_NOT_SATISFIABLE)) return 'empty' as const;
            return missing(error);
          });
          return answer === 'empty' ? new Uint8Array(0) : answer && (await bytesOf(key, answer));
        });
        if (bytes === undefined) throw objectMissing(key);
        return bytes;
      }),

    size: (key) =>
      calls.track(() => {
        checkObjectKey(key);
        return size(key);
      }),

    delete: (keys) =>
      calls.track(async () => {
        keys.forEach(checkObjectKey);
        const unique = [...new Set(keys)];
        for (let i = 0; i < unique.length; i += DELETE_KEYS_MAX) {
          await deleteBatch(parts, unique.slice(i, i + DELETE_KEYS_MAX));
        }
      }),

    list: (prefix, { after, limit } = {}) =>
      calls.track(async () => {
        const most = checkLimit(limit);
        return (parts.directory ? listUnordered : listInOrder)(parts, prefix, after, most);
      }),
  };
}

async function putWhole(
  { client, bucket, calls }: ObjectParts,
  key: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const body = bodyOf(parts);
  await calls.write(`Writing an object of ${body.sizeBytes} bytes`, (abortSignal) =>
    client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body.sizeBytes === 0 ? new Uint8Array(0) : streamOf(body),
        ContentLength: body.sizeBytes,
        ChecksumCRC32: body.crc32,
        IfNoneMatch: '*',
      }),
      { abortSignal },
    ),
  );
}

async function deleteBatch({ client, bucket, calls }: ObjectParts, keys: readonly string[]): Promise<void> {
  let left = keys;
  for (let rounds = 1; left.length > 0; rounds++) {
    const command = new DeleteObjectsCommand({
      Bucket: bucket,
      Delete: { Objects: left.map((Key) => ({ Key })), Quiet: true },
    });
    const answer = await calls.write('Deleting objects', (abortSignal) => client.send(command, { abortSignal }));
    // Each key has an end of its own; what the service was too busy for is asked for again.
    const errors = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
    const lost = errors.find(({ Code }) => Code !== 'SlowDown');
    if (lost || (errors.length > 0 && rounds > DELETE_ROUNDS_MAX)) {
      const what = `${errors.length} of ${keys.length} objects could not be deleted, one of them for ${errors[0]!.Code}.`;
      throw new StoreError(lost ? 'store_unknown' : 'store_unavailable', what);
    }
    left = errors.flatMap(({ Key }) => Key ?? []);
    if (left.length > 0) await calls.pause(rounds);
  }
}

function rangeHeader(from: number, to: number | undefined): string | undefined {
  if (from < 0) return `bytes=${from}`;
  if (to !== undefined) return `bytes=${from}-${to - 1}`;
  return from === 0 ? undefined : `bytes=${from}-`;
}

/** The answer's bytes in memory of their own: one copy, from the socket. */
async function bytesOf(key: string, answer: GetObjectCommandOutput): Promise<Uint8Array> {
  const length = answer.ContentLength ?? 0;
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let at = 0;
  for await (const chunk of answer.Body as AsyncIterable<Uint8Array>) {
    if (at + chunk.length > length) throw cut(key, length);
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < length) throw cut(key, length);
  return bytes;
}

/** A connection that ended early: an error of the network, so that the read is made again. */
function cut(key: string, length: number): Error {
  return new Error(`The answer for the object "${key}" did not have the ${length} bytes that it promised.`);
}

/** Turns "not found" into undefined. A bucket that is not there says the same to a HEAD; its name tells elsewhere. */
function missing(error: unknown): undefined {
  if (hasStatus(error, NOT_FOUND) && !(error instanceof Error && error.name === 'NoSuchBucket')) return undefined;
  throw error;
}

function objectMissing(key: string): StoreError {
  return new StoreError('object_missing', `There is no object "${key}".`);
}
