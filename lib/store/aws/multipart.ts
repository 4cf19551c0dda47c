import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { StoreError } from '../port.ts';
import { bodyOf, groupsOf, streamOf } from './body.ts';
import type { ObjectParts } from './objects.ts';

/** S3 takes parts of 5 MiB and more, up to 10,000 of them: objects of up to 80 GB. */
const PART_BYTES = 8 * 1024 * 1024;

/** Parts under way at once. */
const PARTS_MAX = 4;

/**
 * Puts a large object in parts. It appears whole when the last request is carried out, which alone is conditional on its
 * key being free. What a crash leaves behind is no object; a lifecycle rule of the bucket ends it after a day.
 */
export async function putInParts(
  { client, bucket, calls }: ObjectParts,
  key: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const at = { Bucket: bucket, Key: key };
  // A second upload that nobody completes is no object: this may be repeated like a read.
  const created = await calls.read('Beginning an upload', (abortSignal) =>
    client.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' }), {
      abortSignal,
    }),
  );
  const upload = { ...at, UploadId: created.UploadId! };
  const completed: CompletedPart[] = [];
  try {
    const left = groupsOf(parts, PART_BYTES).map((group, i) => ({ number: i + 1, body: bodyOf(group) }));
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const { number, body } = next;
        // The same part again takes the place of the first: this may be repeated like a read.
        const { ETag } = await calls.read('Uploading a part', (abortSignal) =>
          client.send(
            new UploadPartCommand({
              ...upload,
              PartNumber: number,
              Body: streamOf(body),
              ContentLength: body.sizeBytes,
              ChecksumCRC32: body.crc32,
            }),
            { abortSignal },
          ),
        );
        completed[number - 1] = { PartNumber: number, ETag, ChecksumCRC32: body.crc32 };
      }
    };
    await Promise.all(Array.from({ length: PARTS_MAX }, work));
  } catch (error) {
    await abandon(client, upload);
    throw error;
  }
  try {
    await calls.write('Completing an upload', (abortSignal) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*', MultipartUpload: { Parts: completed } }),
        { abortSignal },
      ),
    );
  } catch (error) {
    // Where its end is unknown the parts stay: the request may still be on its way, and they are its object.
    if (!(error instanceof StoreError && error.code === 'store_unknown')) await abandon(client, upload);
    throw error;
  }
}

/** Frees the parts of an upload that failed, if the service is there; else the bucket's lifecycle rule does. */
async function abandon(
  client: ObjectParts['client'],
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<void> {
  await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
}
