import { GroupError, topicPattern } from '../../../lib/group/index.ts';
import type { Target } from '../target.ts';

const NAMES = ['orders', 'orders.eu', 'x'.repeat(249), `${'ab'.repeat(120)}c`, '__consumer_offsets'];

export const target: Target = {
  name: 'topic-patterns',
  seeds: () => ({
    literal: Buffer.from('orders'),
    prefix: Buffer.from('o.*'),
    alternatives: Buffer.from('(a|b)*c'),
    range: Buffer.from('[a-z]+\\.eu'),
    'bounded-repeat': Buffer.from('(?:ab){2,9}c?'),
    anchors: Buffer.from('^orders$'),
    'nested-repeats': Buffer.from('((x*)*)*y'),
    digits: Buffer.from('\\d{3}'),
    'negated-class': Buffer.from('[^\\w.]'),
    'refused-open-group': Buffer.from('(a'),
  }),
  words: ['(', ')', '(?:', '*', '+', '?', '{1,1000}', '{999}', '|', '[^', ']', '\\', '\\p{L}', '.', '^', '$', 'a', '-'],
  take(text) {
    const matches = topicPattern(Buffer.from(text).toString());
    for (const name of NAMES) matches(name);
    return undefined;
  },
  isClean: (error) => error instanceof GroupError && error.code === 'subscription_invalid',
};
