import { describe, expect, test } from 'vitest';
import { toAttribute } from '../../lib/store/aws/attributes.ts';
import { conditionExpression, Placeholders, updateExpression } from '../../lib/store/aws/expression.ts';
import type { Action, Condition } from '../../lib/store/port.ts';
import { takeActions, UPDATE_EXPRESSION_BYTES_MAX } from '../../lib/store/update.ts';

/** What is sent for an update, with its placeholders. */
function sent(actions: readonly Action[], when?: Condition) {
  const placeholders = new Placeholders();
  const update = updateExpression(placeholders, actions);
  const condition = conditionExpression(placeholders, when, actions);
  return { update, condition, ...placeholders.maps() };
}

describe('an update', () => {
  test('names and values go through placeholders alone', () => {
    expect(sent([{ do: 'set', path: ['select', 'a.b', 3, '#x'], to: { 'c d': [1] } }])).toEqual({
      update: 'SET #0.#1[3].#2=:0',
      condition: undefined,
      ExpressionAttributeNames: { '#0': 'select', '#1': 'a.b', '#2': '#x' },
      ExpressionAttributeValues: { ':0': { M: { 'c d': { L: [{ N: '1' }] } } } },
    });
  });

  test("a ledger's commit is one expression: an append and a sum per partition", () => {
    const actions: Action[] = [
      { do: 'append', path: ['t'], values: [Uint8Array.of(1)] },
      { do: 'add', path: ['n', 'p0'], by: 5 },
      { do: 'add', path: ['n', 'p1'], by: 2 },
    ];
    const { update, condition, ExpressionAttributeNames } = sent(actions, { if: 'lt', path: ['g'], value: 9 });
    expect(update).toBe('SET #0=list_append(#0,:0),#1.#2=#1.#2+:1,#1.#3=#1.#3+:2');
    expect(condition).toBe('#4 < :3 AND #1.#2 <= :4 AND #1.#3 <= :5');
    expect(ExpressionAttributeNames).toEqual({ '#0': 't', '#1': 'n', '#2': 'p0', '#3': 'p1', '#4': 'g' });
  });

  test('drops name indexes from the last to the first', () => {
    expect(sent([{ do: 'drop', path: ['t'], count: 3 }])).toMatchObject({
      update: 'REMOVE #0[2],#0[1],#0[0]',
      condition: 'attribute_type(#0,:0)',
      ExpressionAttributeValues: { ':0': { S: 'L' } },
    });
  });

  test('a sum is guarded on the side to which it moves', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(sent([{ do: 'add', path: ['n'], by: 4 }]).ExpressionAttributeValues).toEqual({
      ':0': { N: '4' },
      ':1': { N: String(most - 4) },
    });
    expect(sent([{ do: 'add', path: ['n'], by: -4 }])).toMatchObject({
      condition: '#0 >= :1',
      ExpressionAttributeValues: { ':1': { N: String(4 - most) } },
    });
    expect(sent([{ do: 'add', path: ['n'], by: 4, from: 1 }])).toMatchObject({
      update: 'SET #0=if_not_exists(#0,:0)+:1',
      condition: 'attribute_not_exists(#0) OR #0 <= :2',
    });
    expect(sent([{ do: 'add', path: ['n'], by: 4, from: most }]).condition).toBe('#0 <= :2');
  });

  test('what is copied has to be there', () => {
    const copy: Action = { do: 'copyOnce', path: ['x'], from: ['n', 'p0'] };
    expect(sent([copy])).toMatchObject({
      update: 'SET #0=if_not_exists(#0,#1.#2)',
      condition: 'attribute_exists(#1.#2)',
    });
  });

  test('what is added up from elsewhere is small enough for a sum, or absent', () => {
    expect(sent([{ do: 'addCopy', path: ['b'], of: ['a'] }])).toMatchObject({
      update: 'SET #0=if_not_exists(#0,:0)+if_not_exists(#1,:1)',
      condition:
        '(attribute_not_exists(#0) OR #0 BETWEEN :3 AND :2) AND (attribute_not_exists(#1) OR #1 BETWEEN :3 AND :2)',
    });
  });

  test('setOnce, remove and set stand together', () => {
    const actions: Action[] = [
      { do: 'setOnce', path: ['a'], to: null },
      { do: 'remove', path: ['b', 'c'] },
      { do: 'set', path: ['d'], to: true },
      { do: 'remove', path: ['e'] },
    ];
    expect(sent(actions).update).toBe('SET #0=if_not_exists(#0,:0),#3=:1 REMOVE #1.#2,#4');
    expect(sent([]).update).toBeUndefined();
  });

  test('what the port lets pass is never longer than DynamoDB takes', () => {
    const wide: Action[] = Array.from({ length: 140 }, (_, i) => ({ do: 'add', path: ['n', `p${i}`], by: 1 }));
    const long: Action[] = [{ do: 'drop', path: ['a', 'b', 't'], count: 160 }];
    for (const actions of [wide, long]) {
      expect(takeActions(actions)).toHaveLength(actions.length);
      const { update, condition } = sent(actions);
      expect(update!.length).toBeLessThanOrEqual(UPDATE_EXPRESSION_BYTES_MAX);
      expect(condition!.length).toBeLessThanOrEqual(UPDATE_EXPRESSION_BYTES_MAX);
    }
  });
});

describe('a condition', () => {
  test.each<[Condition, string | undefined]>([
    [{ if: 'itemExists' }, 'attribute_exists(#0)'],
    [{ if: 'itemAbsent' }, 'attribute_not_exists(#0)'],
    [{ if: 'exists', path: ['a', 0] }, 'attribute_exists(#0[0])'],
    [{ if: 'isNot', path: ['a'], value: 1 }, 'attribute_exists(#0) AND #0 <> :0'],
    [{ if: 'all', of: [] }, undefined],
    [{ if: 'any', of: [] }, 'attribute_exists(#0) AND attribute_not_exists(#0)'],
    [{ if: 'any', of: [{ if: 'all', of: [] }, { if: 'itemExists' }] }, undefined],
    [{ if: 'all', of: [{ if: 'all', of: [{ if: 'itemExists' }] }] }, 'attribute_exists(#0)'],
    [
      {
        if: 'any',
        of: [
          { if: 'isNot', path: ['a'], value: 1 },
          { if: 'ge', path: ['b'], value: 2 },
        ],
      },
      '(attribute_exists(#0) AND #0 <> :0) OR #1 >= :1',
    ],
  ])('%j', (condition, text) => {
    expect(sent([], condition).condition).toBe(text);
  });
});

test('values are marshalled to the last digit', () => {
  expect(toAttribute([0.1, 1e-100, Number.MAX_SAFE_INTEGER, null, false, new Uint8Array([255]), ''])).toEqual({
    L: [
      { N: '0.1' },
      { N: '1e-100' },
      { N: '9007199254740991' },
      { NULL: true },
      { BOOL: false },
      { B: new Uint8Array([255]) },
      { S: '' },
    ],
  });
});
