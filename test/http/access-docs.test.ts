import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACLS_FRESH_MS, ACLS_STALE_MS_MAX, OPERATIONS_OF } from '../../lib/auth/index.ts';
import { requirementRows } from './access-table.ts';

const DOCUMENT = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

test('docs/security.md says of every request what the code asks of it', () => {
  const rows = DOCUMENT.split('\n').filter((line) => /^\| `(GET|POST|PUT|PATCH|DELETE) /.test(line));
  expect(rows).toEqual(requirementRows());
});

test('docs/security.md says which operations there are, and how old what is decided by may be', () => {
  for (const [type, operations] of Object.entries(OPERATIONS_OF)) {
    expect(DOCUMENT).toContain(`| ${type} | ${operations.filter((one) => one !== 'ALL').join(', ')} |`);
  }
  expect(DOCUMENT).toContain(`${ACLS_FRESH_MS / 1000} seconds`);
  expect(DOCUMENT).toContain(`${ACLS_STALE_MS_MAX / 1000} seconds`);
});
