import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spreadOf } from '../../bench/harness.ts';
import { aligned, markdown } from '../../bench/table.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 120_000;

function bench(...args: string[]) {
  const options = { cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS } as const;
  return spawnSync(process.execPath, ['--expose-gc', 'bench/bench.ts', ...args], options);
}

/** The tables of a Markdown text, by title: the cells of each row. */
function tablesOf(text: string): Map<string, string[][]> {
  const tables = new Map<string, string[][]>();
  for (const part of text.split('\n### ').slice(1)) {
    const [title = '', ...lines] = part.split('\n');
    const cells = lines.filter((line) => line.startsWith('|')).map((line) => line.slice(2, -2).split(' | '));
    tables.set(title, cells);
  }
  return tables;
}

describe('the benchmark', () => {
  it(
    'measures every scenario and fills every cell of its tables',
    () => {
      const { status, stdout, stderr } = bench('--quick', '--markdown');
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^- CPU: .+\n- Memory: .+\n- File system: .+\n- System: .+Node v\d+/);
      const tables = tablesOf(stdout);
      expect([...tables].map(([title, rows]) => [title, rows.length - 2])).toEqual([
        ['Limits of the machine', 13],
        ['Append, in process', 11],
        ['Fetch, in process', 12],
        ['HTTP produce (v2 JSON)', 3],
        ['HTTP consume (v2 JSON)', 2],
        ['Recovery, from the start of the process', 3],
        ['Lookup (1,000 records a commit)', 8],
        ['Memory, after collection', 3],
        ['Cold start, by function', 9],
      ]);
      for (const [head, , ...rows] of tables.values()) {
        for (const row of rows) {
          expect(row).toHaveLength(head!.length);
          expect(row.join(' ')).not.toMatch(/NaN|Infinity|undefined/);
          for (const cell of row.slice(1))
            expect(cell).toMatch(/^([\d,.]+( %)?|disk|file read|memory copy|CRC-32C|JSON\.parse|–)$/);
        }
      }
    },
    TIMEOUT_MS,
  );

  it('names the scenarios there are where one is asked for that is not', () => {
    const { status, stderr } = bench('--only', 'apend');
    expect(status).toBe(1);
    expect(stderr).toContain('There is no scenario "apend"; there are limits, append, ');
  });
});

describe('a table', () => {
  const table = {
    title: 'Rates',
    columns: ['what', 'MB/s'],
    rows: [
      ['append', '1,250'],
      ['fetch', '9'],
    ],
  };

  it('is aligned for the terminal, numbers to the right', () => {
    expect(aligned(table)).toBe('Rates\nwhat     MB/s\n------  -----\nappend  1,250\nfetch       9');
  });

  it('is Markdown for documents', () => {
    expect(markdown(table)).toBe('### Rates\n\n| what | MB/s |\n| --- | ---: |\n| append | 1,250 |\n| fetch | 9 |');
  });
});

describe('a spread', () => {
  it('is the median, and half the range as a part of it', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, spread: 0.5 });
    expect(spreadOf([10, 30])).toEqual({ median: 20, spread: 0.5 });
  });
});
