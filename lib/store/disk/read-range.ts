import { read as readCallback } from 'node:fs';
import { promisify } from 'node:util';
import { StoreError } from '../port.ts';
import type { OpenFile } from './open-files.ts';

const read = promisify(readCallback);

/** `length` bytes of the file from `from` on. @throws StoreError `store_corrupt` where it ends before */
export async function readRange(key: string, { fd }: OpenFile, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await read(fd, bytes, done, length - done, from + done);
    if (bytesRead === 0)
      throw new StoreError('store_corrupt', `The object "${key}" ends at ${from + done}, before its own size.`);
    done += bytesRead;
  }
  return bytes;
}
