import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../port.ts';
import type { ObjectParts } from './objects.ts';

/** S3's page. */
const PAGE_KEYS = 1_000;

/** A page of a general purpose bucket, which lists in byte order. */
export async function listInOrder(
  parts: ObjectParts,
  prefix: string,
  after: string | undefined,
  limit: number,
): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for (let token: string | undefined; ; ) {
    const start = token !== undefined ? { ContinuationToken: token } : { StartAfter: after };
    const page = await readPage(parts, { Prefix: prefix, MaxKeys: limit - infos.length, ...start });
    infos.push(...infosOf(page));
    token = page.NextContinuationToken;
    if (infos.length >= limit || token === undefined) return infos;
  }
}

/**
 * A page of a directory bucket (S3 Express One Zone), which lists in no order, knows no start, and takes prefixes up to a
 * "/" only. So all of the folder is walked for each page and the least keys are kept: memory for one page, and a request
 * per thousand objects of the folder. Segment objects lie in 16 folders, and merging keeps those short.
 * Source: Amazon S3 User Guide, "Differences for directory buckets".
 */
export async function listUnordered(
  parts: ObjectParts,
  prefix: string,
  after: string | undefined,
  limit: number,
): Promise<ObjectInfo[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  let least: ObjectInfo[] = [];
  for (let token: string | undefined; ; ) {
    const start = token === undefined ? {} : { ContinuationToken: token };
    const page = await readPage(parts, { Prefix: folder, MaxKeys: PAGE_KEYS, ...start });
    const fitting = infosOf(page).filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after));
    least = [...least, ...fitting].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
    token = page.NextContinuationToken;
    if (token === undefined) return least;
  }
}

function readPage(
  { client, bucket, calls }: ObjectParts,
  request: {
    Prefix: string;
    MaxKeys: number;
    StartAfter?: string | undefined;
    ContinuationToken?: string;
  },
): Promise<ListObjectsV2CommandOutput> {
  return calls.read('Listing objects', (abortSignal) =>
    client.send(new ListObjectsV2Command({ Bucket: bucket, ...request }), { abortSignal }),
  );
}

function infosOf(page: ListObjectsV2CommandOutput): ObjectInfo[] {
  return (page.Contents ?? []).map(({ Key, Size }) => ({ key: Key!, sizeBytes: Size! }));
}
