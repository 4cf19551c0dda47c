import { describe } from 'vitest';
import { tieredStores } from '../../lib/store/index.ts';
import { itemRules } from '../store/contract-items.ts';
import { objectRules } from '../store/contract-objects.ts';
import { updateRules } from '../store/contract-updates.ts';
import { DYNAMODB_GAPS } from './gaps.ts';
import { onDynamoDbLocal } from './stores.ts';

describe('the items on DynamoDB Local', () => {
  itemRules(onDynamoDbLocal, DYNAMODB_GAPS);
  updateRules(onDynamoDbLocal, DYNAMODB_GAPS);
});

describe('small objects as items on DynamoDB Local, every other one in S3', () => {
  objectRules(async () => tieredStores(await onDynamoDbLocal(), (key) => key.length % 2 === 0));
});
