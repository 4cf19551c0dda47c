import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIFFERENCES } from '../clients/differences.ts';

test('docs/kafka.md shows each difference that clients see, and no others', () => {
  const page = readFileSync(new URL('../../docs/kafka.md', import.meta.url), 'utf8');
  const section = page.split('## Side by side with Kafka\n')[1]!.split('\n## ')[0]!;
  const shown = [...section.matchAll(/^- (.*)$/gm)].map(([, line]) => line);
  expect(shown.toSorted()).toEqual([...new Set(DIFFERENCES.map(({ why }) => why))].toSorted());
});
