import { GroupError, topicPattern } from '../../../lib/group/index.ts';
import type { Target } from '../target.ts';

const NAMES = ['orders', 'orders.eu', 'x'.repeat(249), `${'ab'.repeat(120)}c`, '__consumer_offsets'];

export const target: Target = {
  name: 'topic-patterns',
  seeds: () =>
    ['orders', 'o.*', '(a|b)*c', '[a-z]+\\.eu', '(?:ab){2,9}c?', '^orders$', '((x*)*)*y', '\\d{3}', '[^\\w.]'].map(
      (text) => Buffer.from(text),
    ),
  words: ['(', ')', '(?:', '*', '+', '?', '{1,1000}', '{999}', '|', '[^', ']', '\\', '\\p{L}', '.', '^', '$', 'a', '-'],
  take(text) {
    const matches = topicPattern(Buffer.from(text).toString());
    for (const name of NAMES) matches(name);
    return undefined;
  },
  isClean: (error) => error instanceof GroupError && error.code === 'subscription_invalid',
};
