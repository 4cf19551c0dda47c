import { describe } from 'vitest';
import { memoryStores } from '../../lib/store/index.ts';
import { storeContract } from './contract.ts';

describe('the stores in memory', () => {
  storeContract(async () => memoryStores());
});
