import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyIndex } from '../../lib/store/disk/volumes/key-index.ts';

it('an index of keys lists, finds and forgets as a map and a sorted array would', () => {
  const key = fc.stringMatching(/^(a\/|b\/|a\/b\/)?[a-c.-]{1,2}$/);
  const step = fc.oneof(
    fc.record({ set: key }),
    fc.record({ delete: key }),
    fc.record({
      prefix: fc.constantFrom('', 'a', 'a/', 'a/b', 'b/', 'b/c', 'c/'),
      after: fc.oneof(fc.constant(''), key),
      most: fc.integer({ min: 1, max: 9 }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const index = new KeyIndex<number>();
      const model = new Map<string, number>();
      for (const [i, one] of steps.entries()) {
        if ('set' in one) {
          index.set(one.set, i);
          model.set(one.set, i);
        } else if ('delete' in one) {
          index.delete(one.delete);
          model.delete(one.delete);
          expect(index.get(one.delete)).toBeUndefined();
        } else {
          const wanted = [...model].filter(([name]) => name.startsWith(one.prefix) && name > one.after).sort();
          expect(index.list(one.prefix, one.after, one.most)).toEqual(wanted.slice(0, one.most));
        }
      }
      for (const [name, value] of model) expect(index.get(name)).toBe(value);
    }),
    { seed: 1, numRuns: 500 },
  );
});
