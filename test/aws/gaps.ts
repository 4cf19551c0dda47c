import type { Gaps } from '../store/gaps.ts';

/**
 * Where DynamoDB itself differs from the port, and where an emulator differs from DynamoDB: the one list of both. Each is
 * tested to be still so; what we send in these cases is tested in test/store/aws-expression.test.ts.
 */

/** DynamoDB's own. */
export const DYNAMODB_GAPS: Gaps = {
  'refuses to add to a fraction, and changes nothing':
    'No condition can tell a fraction from a whole number. Memory and disk refuse it, so a program that does it fails there.',
};

export const MINISTACK_GAPS: Gaps = {
  ...DYNAMODB_GAPS,
  'items of more than 4 MiB together are refused':
    'It measures the request as JSON, with bytes in base 64, a third longer than what DynamoDB counts: it refuses too early.',
  'refuses to set an index of a map, and changes nothing': 'It takes the index for a name. DynamoDB Local refuses it.',
  'refuses to remove below an absent parent, and changes nothing':
    'It takes that for nothing to remove. DynamoDB Local refuses it.',
  'refuses to append to a map, and changes nothing': 'It makes a list in its place. DynamoDB Local refuses it.',
};
