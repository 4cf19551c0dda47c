import { describe } from 'vitest';
import { itemRules } from '../store/contract-items.ts';
import { updateRules } from '../store/contract-updates.ts';
import { onDynamoDbLocal } from './stores.ts';

describe('the items on DynamoDB Local', () => {
  itemRules(onDynamoDbLocal);
  updateRules(onDynamoDbLocal);
});
