import { describe } from 'vitest';
import { storeContract } from '../store/contract.ts';
import { onMiniStack } from './stores.ts';

describe('the stores on MiniStack', () => {
  storeContract(onMiniStack);
});
