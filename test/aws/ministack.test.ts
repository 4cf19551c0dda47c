import { describe } from 'vitest';
import { tieredStores } from '../../lib/store/index.ts';
import { storeContract } from '../store/contract.ts';
import { objectRules } from '../store/contract-objects.ts';
import { MINISTACK_GAPS } from './gaps.ts';
import { onMiniStack } from './stores.ts';

describe('the stores on MiniStack', () => {
  storeContract(onMiniStack, MINISTACK_GAPS);
});

describe('the stores on MiniStack, listed as a directory bucket is', () => {
  objectRules(() => onMiniStack({ directoryBucket: true }));
});

describe('small objects as items on MiniStack', () => {
  objectRules(async () => tieredStores(await onMiniStack(), () => true));
});
