import type { Reader, Writer } from '../bytes/index.ts';
import { GroupError } from './errors.ts';

/* Texts in a group's stored bytes, and what is said of bytes that can't be read. */

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function writeText(writer: Writer, text: string): void {
  writer.uvarint(Buffer.byteLength(text));
  writer.utf8(text);
}

/** @throws GroupError group_corrupt; BytesError where bytes are missing */
export function readText(reader: Reader): string {
  const bytes = reader.view(reader.uvarint());
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw corrupt('a text is not UTF-8', error);
  }
}

export function corrupt(why: string, cause?: unknown): GroupError {
  return new GroupError('group_corrupt', `The stored state of a group can't be read: ${why}.`, { cause });
}
