import { expect, test } from 'vitest';
import { Turns } from '../../lib/store/aws/turns.ts';

/** Work that ends when told to, and notes when it began. */
function work(begun: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = () => {
    begun.push(name);
    return promise;
  };
  return { run, end: resolve, fail: reject };
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('work on one key follows in order, on others at once, on several after all of theirs', async () => {
  const turns = new Turns();
  const begun: string[] = [];
  const [a1, b1, a2, ab, b2] = ['a1', 'b1', 'a2', 'ab', 'b2'].map((name) => work(begun, name)) as [
    ReturnType<typeof work>,
    ReturnType<typeof work>,
    ReturnType<typeof work>,
    ReturnType<typeof work>,
    ReturnType<typeof work>,
  ];
  const all = [
    turns.take(['a'], a1.run),
    turns.take(['b'], b1.run),
    turns.take(['a'], a2.run),
    turns.take(['a', 'b'], ab.run),
    turns.take(['b'], b2.run),
  ];
  await settle();
  expect(begun).toEqual(['a1', 'b1']);
  a1.end();
  await settle();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  a2.end();
  await settle();
  expect(begun).not.toContain('ab');
  b1.end();
  await settle();
  expect(begun.at(-1)).toBe('ab');
  ab.end();
  await settle();
  expect(begun.at(-1)).toBe('b2');
  b2.end();
  await Promise.all(all);
});

test('work that fails lets the next one go', async () => {
  const turns = new Turns();
  const first = work([], 'first');
  const failing = turns.take(['a'], first.run);
  const next = turns.take(['a'], async () => 'done');
  first.fail(new Error('on purpose'));
  await expect(failing).rejects.toThrow('on purpose');
  expect(await next).toBe('done');
});
