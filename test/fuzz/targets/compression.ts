import { CODECS, compress, decompress, RecordError } from '../../../lib/record/index.ts';
import type { Target } from '../target.ts';

const OUTPUT_BYTES_MAX = 1 << 20;

/** The first byte chooses the codec. */
export const target: Target = {
  name: 'compression',
  seeds: () => {
    const texts = ['', 'a', 'abc'.repeat(400), Array.from({ length: 500 }, (_, i) => `event ${i * 7919}`).join()];
    return texts.flatMap((text) =>
      CODECS.map((codec, i) => Buffer.concat([Uint8Array.of(i), compress(codec, Buffer.from(text))])),
    );
  },
  take(bytes) {
    const codec = CODECS[(bytes[0] ?? 0) % CODECS.length]!;
    const plain = decompress(codec, bytes.subarray(1), OUTPUT_BYTES_MAX);
    if (codec !== 'none' && plain.length > OUTPUT_BYTES_MAX) throw new Error('more than the limit came out');
    if (Buffer.compare(decompress(codec, compress(codec, plain), OUTPUT_BYTES_MAX), plain) !== 0) {
      throw new Error('what was compressed came out as something else');
    }
    return undefined;
  },
  isClean: (error) => error instanceof RecordError,
};
