import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConsumed, parseProduced, parseReadOver, rateOf } from './java.ts';
import { optionsOf } from './options.ts';
import { PEER_NAMES } from './peer.ts';
import { selfTimes } from './profile.ts';
import { tablesOf } from './report.ts';
import { ROWS, rowsNamed } from './rows.ts';
import type { Sample } from './turns.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const COMMAND = join(import.meta.dirname, 'peers.ts');
const TIMEOUT_MS = 120_000;

const PRODUCERS = `Warmup first 20000 records. Steady state results will print after the complete test summary.
24981 records sent, 4996.2 records/sec (4.88 MB/sec), 1.5 ms avg latency, 180.0 ms max latency.
100000 records sent, 29985.007496 records/sec (29.28 MB/sec), 713.62 ms avg latency, 980.00 ms max latency, 747 ms 50th, 935 ms 95th, 966 ms 99th, 977 ms 99.9th.
80000 steady state records sent, 40000.0 records/sec (39.06 MB/sec), 763.89 ms avg latency, 980.00 ms max latency, 791 ms 50th, 945 ms 95th, 969 ms 99th, 977 ms 99.9th.
100000 records sent, 29850.746269 records/sec (29.15 MB/sec), 722.59 ms avg latency, 1007.00 ms max latency, 769 ms 50th, 962 ms 95th, 982 ms 99th, 998 ms 99.9th.
80000 steady state records sent, 20000.0 records/sec (19.53 MB/sec), 780.00 ms avg latency, 1007.00 ms max latency, 806 ms 50th, 966 ms 95th, 982 ms 99th, 998 ms 99.9th.
`;

const CONSUMER = `start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec
2026-11-22 18:54:31:958, 2026-11-22 18:54:37:418, 146.6953, 26.8673, 150216, 27512.0879, 4148, 1312, 111.8105, 114493.9024
`;

describe('what the Java tools print', () => {
  it('is read without the records that were sent before a producer was warm', () => {
    const produced = parseProduced(PRODUCERS, 2);
    expect(produced).toEqual([
      { records: 80_000, recordsPerSecond: 40_000, p50Ms: 791, p99Ms: 969 },
      { records: 80_000, recordsPerSecond: 20_000, p50Ms: 806, p99Ms: 982 },
    ]);
  });

  it('is refused where a producer is missing', () => {
    expect(() => parseProduced(PRODUCERS, 3)).toThrow('Not 3 summaries of a producer');
  });

  it('gives the rate of several producers over the time of the slowest', () => {
    expect(rateOf(parseProduced(PRODUCERS, 2), 100)).toBe((160_000 * 100) / 4);
  });

  it('gives the rate of a consumer in bytes, joining its group left out', () => {
    expect(parseConsumed(CONSUMER)).toBeCloseTo(111.8105 * 1024 * 1024);
    expect(() => parseConsumed('WARNING: exiting before consuming')).toThrow('No rate of a consumer');
    expect(parseReadOver('read 394665984 bytes, 1.0119E2 MB/sec')).toEqual({
      bytesPerSecond: 101_190_000,
      bytes: 394_665_984,
    });
  });
});

describe('the options', () => {
  it('are three rounds of all servers unless said otherwise', () => {
    expect(optionsOf([])).toEqual({
      ...{ only: [], peers: ['kafka', 'flushing', 'millrace'], rounds: 3, folder: tmpdir() },
      ...{ quick: false, markdown: false, profile: false },
    });
    expect(optionsOf(['--quick']).rounds).toBe(1);
    expect(optionsOf(['--profile'])).toMatchObject({ peers: ['millrace'], rounds: 1 });
  });

  it('that are wrong are told', () => {
    expect(() => optionsOf(['--rounds', '0'])).toThrow('--rounds is a whole number from 1 on; "0" is none.');
    expect(() => optionsOf(['--servers', 'redis'])).toThrow('There is no server "redis"; there are kafka,');
    expect(() => rowsNamed(['jawa'])).toThrow('There is no row "jawa"; there are java-100b-1,');
  });

  it('name rows by how they begin, and every row by its own name', () => {
    expect(rowsNamed(['java-1k', 'paced']).map(({ id }) => id)).toEqual([
      ...['java-1k-1', 'java-1k-2', 'java-1k-8', 'java-1k-1-lz4', 'java-1k-2-lz4', 'java-1k-8-lz4'],
      ...['paced-java', 'paced-gen'],
    ]);
    expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  });
});

describe('the report', () => {
  const sample = (rate: number, cpuSeconds: number): Sample => ({
    ...{ values: [rate * 1e6, rate * 1e6], bytes: 1e9, cpuSeconds, residentBytesMax: rate * 1e6 },
  });
  const samples = new Map([
    ['kafka', [sample(100, 4), sample(200, 4), sample(50, 4)]],
    ['millrace', [sample(150, 2), sample(200, 2), sample(100, 2)]],
  ] as const);
  const found = [{ row: rowsNamed(['gen-64k'])[0]!, samples }];

  it('takes ratios turn by turn, as the machine is another one each time', () => {
    const [rates, costs] = tablesOf(found, ['kafka', 'millrace']);
    expect(rates!.columns).toEqual(['what', 'Kafka', 'Millrace', '÷ Kafka']);
    expect(rates!.rows).toEqual([['generator, batches of 64 KiB', '100 ± 75 %', '150 ± 33 %', '1.50 (1.00–2.00)']]);
    expect(costs!.rows[0]!.slice(1)).toEqual(['4.00', '2.00', '0.50 (0.50–0.50)', '200', '200']);
  });

  it('leaves out what was not measured', () => {
    expect(tablesOf([], PEER_NAMES)).toEqual([]);
    const [rates] = tablesOf(found, ['millrace']);
    expect(rates!.columns).toEqual(['what', 'Millrace']);
  });

  it('pairs the turns of both, where one of them failed', () => {
    const failed = new Map([
      ['kafka', [undefined, sample(200, 4), sample(50, 4)]],
      ['millrace', [sample(150, 2), sample(200, 2), undefined]],
    ] as const);
    const [rates] = tablesOf([{ row: rowsNamed(['gen-64k'])[0]!, samples: failed }], ['kafka', 'millrace']);
    expect(rates!.rows[0]!.at(-1)).toBe('1.00');
    expect(tablesOf([{ row: rowsNamed(['gen-64k'])[0]!, samples: new Map() }], ['kafka'])[0]!.rows[0]![1]).toBe('–');
  });

  it('tells functions by the time spent in themselves, waiting left out', () => {
    const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 8 });
    const nodes = [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('check', 'file:///home/x/lib/record/check.ts') },
      { id: 3, callFrame: frame('(garbage collector)') },
    ];
    const profile = { nodes, samples: [1, 2, 2, 3], timeDeltas: [1_000, 2_000, 4_000, 2_000] };
    expect(selfTimes('x', profile)).toEqual({
      title: 'x: the main thread, 89 % busy',
      columns: ['function', 'self, % of busy', 'ms'],
      rows: [
        ['check lib/record/check.ts:9', '75.0', '6'],
        ['(garbage collector)', '25.0', '2'],
      ],
    });
  });
});

describe('the command', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-peers-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const quick = (...more: string[]) => [COMMAND, '--quick', '--servers', 'millrace', '--folder', folder, ...more];

  it(
    'measures what the generator can against Millrace alone, and leaves nothing behind',
    () => {
      const args = quick('--only', 'gen-64k,gen-fetch,paced-gen', '--markdown', '--profile');
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        ...{ cwd: ROOT, encoding: 'utf8', timeout: TIMEOUT_MS },
      });
      expect(status, stderr).toBe(0);
      expect(stdout).toMatch(/^- CPU: .+\n- Memory: .+\n- File system: .+\n- System: .+Node v\d+/);
      const tables = stdout.split('\n### ').slice(1);
      const rows = ['batches of 64 KiB', 'fetching', 'paced'];
      for (const [i, name] of rows.entries()) {
        expect(tables[i]!.split('\n')[0]).toMatch(new RegExp(`${name}.*: the main thread, \\d+ % busy$`));
      }
      expect(tables.slice(rows.length).map((table) => table.split('\n')[0])).toEqual([
        'Rates, MB/s',
        'Latencies at a tenth of the rate, ms',
        'What the servers took',
      ]);
      expect(stdout).not.toMatch(/NaN|Infinity|undefined|–/);
      expect(stderr).toMatch(/^3 rows, about \d+ min; after \d+ min what is left is left out\.$/m);
      expect(stderr).toMatch(/^\[3\/3, [\d.]+ min\] generator, paced.*: Millrace, turn 1: /m);
      expect(readdirSync(folder)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'ends what it started, and removes what that stored, where it is interrupted',
    async () => {
      const child = spawn(process.execPath, quick('--only', 'gen-64k', '--rounds', '100'), {
        ...{ cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] },
      });
      const ended = once(child, 'exit');
      for await (const chunk of child.stderr) if (String(chunk).includes('turn 2')) break;
      expect(processesNaming(folder)).not.toEqual([]);
      child.kill('SIGINT');
      expect(await ended).toEqual([1, null]);
      await expect.poll(() => processesNaming(folder), { timeout: TIMEOUT_MS }).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

/** Servers whose command line names the folder; not the command's own process, whose `--folder` it is. */
function processesNaming(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--data\0${folder}`);
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
        throw error;
      }
    });
}
