import { CliError } from './errors.ts';

/** An event that has not ended after so many bytes is none: no topic takes a larger one. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Splits a stream at a delimiter: all the pieces that each chunk completes, together, so that a fast stream costs one
 * turn per chunk and a slow one is passed on at once. What stands behind the last delimiter is a piece, unless it is empty.
 * Pieces are views of the chunks.
 *
 * @throws CliError input_invalid for a piece over `bytesMax`
 */
export async function* splitStream(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: Buffer,
  bytesMax = LINE_BYTES_MAX,
): AsyncGenerator<Buffer[]> {
  let held: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const chunk of chunks) {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    // A delimiter of several bytes may lie across two chunks.
    const from = Math.max(0, held.length - delimiter.length + 1);
    const bytes = held.length === 0 ? fresh : Buffer.concat([held, fresh]);
    const pieces: Buffer[] = [];
    let start = 0;
    for (let at = bytes.indexOf(delimiter, from); at >= 0; at = bytes.indexOf(delimiter, start)) {
      pieces.push(bytes.subarray(start, at));
      start = at + delimiter.length;
    }
    held = bytes.subarray(start);
    const large = held.length > bytesMax ? pieces.length : pieces.findIndex((piece) => piece.length > bytesMax);
    if (large >= 0) {
      throw new CliError(
        'input_invalid',
        `Event ${count + large + 1} of the input is larger than ${bytesMax} bytes. Is the delimiter (-D) right?`,
      );
    }
    count += pieces.length;
    if (pieces.length > 0) yield pieces;
  }
  if (held.length > 0) yield [held];
}
