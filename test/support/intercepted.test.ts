import { expect, test } from 'vitest';
import { gated, intercepted } from './intercepted.ts';

class Counter {
  #count = 0;
  readonly name = 'a counter';

  async add(by: number) {
    this.#count += by;
    return this.#count;
  }

  async read() {
    return this.#count;
  }
}

test('what is named is replaced, what is not is its own, and what is within stays as it was', async () => {
  const inner = new Counter();
  const doubled = intercepted(inner, { add: (by) => inner.add(2 * by) });
  expect([await doubled.add(2), await inner.add(1)]).toEqual([4, 5]);
  const { read } = doubled;
  expect([await read(), doubled.name]).toEqual([5, 'a counter']);
});

test('each call goes through the gate, which may not let it through', async () => {
  const inner = new Counter();
  let calls = 0;
  const once = gated(inner, async (call) => {
    if (++calls > 1) throw new Error('The gate is shut.');
    return call();
  });
  expect(await once.add(2)).toBe(2);
  await expect(once.read()).rejects.toThrow('The gate is shut.');
  expect([await inner.read(), once.name]).toEqual([2, 'a counter']);
});
