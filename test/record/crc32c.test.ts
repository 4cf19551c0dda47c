import { expect, test } from 'vitest';
import { crc32cInScript } from '../../lib/record/crc32c.ts';
import { crc32c } from '../../lib/record/index.ts';

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
test.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 rising bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['nothing', Buffer.alloc(0), 0],
])('the CRC-32C of %s is the published one', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
  expect(crc32cInScript(bytes)).toBe(expected);
});

test('script and native agree at every length around their crossover, at any alignment', () => {
  const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, i) => (i * 7919) & 255));
  for (let length = 400; length < 1_100; length++) {
    const view = bytes.subarray(length % 13, (length % 13) + length);
    expect(crc32c(view)).toBe(crc32cInScript(view));
  }
});
