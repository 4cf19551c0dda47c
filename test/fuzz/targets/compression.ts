import { CODECS, type Codec, compress, decompress, RecordError } from '../../../lib/record/index.ts';
import type { Target } from '../target.ts';
import { FRAMINGS } from './framings.ts';

/** Small enough that inputs reach it. */
const OUTPUT_BYTES_MAX = 64 << 10;
const BEYOND_LIMIT = Buffer.alloc(OUTPUT_BYTES_MAX + 1);

function of(codec: Codec, compressed: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(CODECS.indexOf(codec)), compressed]);
}

/** The first byte chooses the codec. */
export const target: Target = {
  name: 'compression',
  seeds: () => {
    const numbers = Array.from({ length: 100 }, (_, i) => `event ${i * 7919}`).join();
    const texts = { nothing: '', byte: 'a', repeats: 'abc'.repeat(400), numbers };
    return {
      ...Object.fromEntries(
        Object.entries(texts).flatMap(([name, text]) =>
          CODECS.map((codec) => [`${codec}-${name}`, of(codec, compress(codec, Buffer.from(text)))]),
        ),
      ),
      ...Object.fromEntries(
        CODECS.filter((codec) => codec !== 'none').map((codec) => [
          `refused-${codec}-beyond-limit`,
          of(codec, compress(codec, BEYOND_LIMIT)),
        ]),
      ),
      ...Object.fromEntries(Object.entries(FRAMINGS).map(([name, [codec, bytes]]) => [name, of(codec, bytes)])),
    };
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
