import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMAND = 'test/peers/peers.ts';
const TIMEOUT_MS = 300_000;

describe('the comparison with Kafka', () => {
  it(
    'measures Kafka and Millrace by each kind of tool and prints a ratio for each',
    () => {
      const only = 'java-1k-2-lz4,consume-cached,consume-cold,paced-java';
      const args = [COMMAND, '--quick', '--markdown', '--servers', 'kafka,millrace', '--only', only];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        ...{ cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS },
      });
      expect(status, stderr).toBe(0);
      const rows = stdout.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what'));
      const measured = rows.map((line) => line.slice(2, -2).split(' | ')).filter(([first]) => first !== '---');
      expect(measured.map(([first]) => first)).toEqual([
        ...['2 Java producers, 1 KiB, lz4', 'Java consumer, cached', 'Java consumer, cold'],
        ...['Java producer, paced, p50', 'Java producer, paced, p99'],
        ...['2 Java producers, 1 KiB, lz4', 'Java consumer, cached', 'Java consumer, cold', 'Java producer, paced'],
      ]);
      for (const [, ...cells] of measured) {
        for (const cell of cells) expect(cell).toMatch(/^[\d.,]+$/);
      }
    },
    TIMEOUT_MS,
  );
});
