import { parseFilter } from '../../../lib/route/filter.ts';
import { RouteError } from '../../../lib/route/index.ts';
import type { Target } from '../target.ts';
import { changedText, JSON_WORDS } from './items.ts';

const EVENT = {
  ...{
    topic: 'orders',
    partition: 3,
    offset: 17,
    timestamp: '2026-01-01T00:00:00.000Z',
    timestampMs: 1_767_225_600_000,
  },
  ...{ key: 'EU-1', headers: { trace: 'abc', list: ['a', 'b'] } },
  value: {
    delay: 61.5,
    name: 'Größe',
    ip: '10.0.0.7',
    deep: [{ a: 1, b: [2, [3]] }, { a: 4 }],
    nothing: null,
    yes: true,
  },
};

export const target: Target = {
  name: 'filter-patterns',
  seeds: () =>
    [
      { value: { delay: [{ numeric: ['>', 60, '<=', 90] }] } },
      { key: [{ prefix: 'EU' }, { suffix: { 'equals-ignore-case': '-1' } }], topic: ['orders'] },
      { $or: [{ value: { ip: [{ cidr: '10.0.0.0/8' }] } }, { value: { name: [{ wildcard: 'G*e' }] } }] },
      { value: { nothing: [null], gone: [{ exists: false }], name: [{ 'anything-but': { prefix: ['a', 'b'] } }] } },
      { value: { deep: { a: [1], b: [2] } }, headers: { list: ['b'] } },
    ].map((pattern) => Buffer.from(JSON.stringify(pattern))),
  words: [
    ...JSON_WORDS,
    ...[
      '"$or"',
      '"numeric"',
      '"wildcard"',
      '"**"',
      '"*a*b*c*"',
      '"cidr"',
      '"::/0"',
      '"exists"',
      '"anything-but"',
      '"prefix"',
    ],
    ...['"value"', '"key"', '"headers"', '[[[[', '{"a":{"a":{"a":'],
  ],
  change: changedText([
    '$or',
    'numeric',
    'wildcard',
    '*a*b*',
    'cidr',
    '::/0',
    'exists',
    'anything-but',
    'prefix',
    'value',
    'key',
  ]),
  take(text) {
    const passes = parseFilter(Buffer.from(text).toString());
    passes(EVENT as never);
    passes({ ...EVENT, value: undefined } as never);
    return undefined;
  },
  isClean: (error) => error instanceof RouteError && error.code === 'filter_invalid',
};
