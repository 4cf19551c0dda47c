import { expect, test } from 'vitest';
import { nearest } from '../../lib/bytes/index.ts';

test('the nearest name is offered, and none where all are far', () => {
  expect(nearest('error.tolerance', ['errors.tolerance', 'topics'])).toBe('errors.tolerance');
  expect(nearest('Topics', ['errors.tolerance', 'topics'])).toBe('topics');
  expect(nearest('zzzzzz', ['errors.tolerance', 'topics'])).toBeUndefined();
});
