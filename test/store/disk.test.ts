import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { openDiskStores } from '../../lib/store/index.ts';
import { storeContract } from './contract.ts';

describe('the stores on disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  let serial = 0;
  storeContract(() => openDiskStores(join(root, String(serial++))));
  afterAll(() => rmSync(root, { recursive: true }));
});
