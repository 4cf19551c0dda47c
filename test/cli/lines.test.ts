import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitStream } from '../../cli/lines.ts';

async function split(chunks: readonly Buffer[], delimiter: string, bytesMax?: number): Promise<string[]> {
  const pieces: string[] = [];
  async function* stream() {
    yield* chunks;
  }
  for await (const some of splitStream(stream(), Buffer.from(delimiter), bytesMax)) pieces.push(...some.map(String));
  return pieces;
}

test('empty pieces count, but not one behind the last delimiter', async () => {
  expect(await split([Buffer.from('a\n\nb\n')], '\n')).toEqual(['a', '', 'b']);
  expect(await split([Buffer.from('a\nb')], '\n')).toEqual(['a', 'b']);
  expect(await split([], '\n')).toEqual([]);
});

test('however the stream is cut, the pieces are the same', async () => {
  const run = fc.asyncProperty(
    fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '-', '|') }), { maxLength: 8 }),
    fc.array(fc.nat(6), { maxLength: 40 }),
    async (chunks, cuts) => {
      const text = chunks.join('-|');
      const pieces: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(Buffer.from(text.slice(at, at + cut)));
        at += cut;
      }
      pieces.push(Buffer.from(text.slice(at)));
      const expected = text.split('-|');
      if (expected.at(-1) === '') expected.pop();
      expect(await split(pieces, '-|')).toEqual(expected);
    },
  );
  await fc.assert(run, { seed: 4, numRuns: 200 });
});

test('a piece that is too large is refused, whether it ends or not', async () => {
  await expect(split([Buffer.from('a\nbbbb\n')], '\n', 3)).rejects.toThrow(
    'Event 2 of the input is larger than 3 bytes',
  );
  await expect(split([Buffer.from('bb'), Buffer.from('bb')], '\n', 3)).rejects.toThrow('Event 1');
});
