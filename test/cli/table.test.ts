import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { bestFirst, clientsText } from '../../cli/clients-text.ts';
import { ranges } from '../../cli/commands/group.ts';
import { errorFields, logLines } from '../../cli/log-lines.ts';
import { parseStartAt, startOffset } from '../../cli/start-at.ts';
import { counted, durationText, grouped, sizeText, tableText } from '../../cli/table.ts';

test('columns are as wide as their widest cell; numbers stand to the right, nothing is a dash', () => {
  expect(
    tableText(
      ['TOPIC', 'N'],
      [
        ['orders', 4],
        ['x', 1000],
        ['', null],
      ],
    ),
  ).toBe(['TOPIC       N', 'orders      4', 'x        1000', '-           -', ''].join('\n'));
});

test('control characters in data do not reach the terminal', () => {
  expect(tableText(['A'], [['\x1b[31mred\n']])).toBe('A\n\\x1b[31mred\\x0a\n');
});

test('numbers are written for people', () => {
  expect([grouped(1_234_567), grouped(999), sizeText(999), sizeText(1_234_567)]).toEqual([
    '1,234,567',
    '999',
    '999 B',
    '1.2 MB',
  ]);
  expect([durationText(12.4), durationText(1_534), durationText(61_000)]).toEqual(['12 ms', '1.5 s', '1 min 1 s']);
  expect(ranges([3, 0, 1, 2, 7])).toBe('0-3, 7');
});

test('a start is the beginning, the end, an offset, so many from the end, or a time', async () => {
  const range = { beginning_offset: 10, end_offset: 20 };
  const at = (text: string) => startOffset(parseStartAt(text), range, async (timeMs) => (timeMs > 5 ? undefined : 13));
  expect(
    await Promise.all(['beginning', 'end', '12', '-3', '-300', '@5', 's@1970-01-01T00:00:00.002Z', '@6'].map(at)),
  ).toEqual([10, 20, 12, 17, 10, 13, 13, 20]);
  for (const text of ['', 'begin', '1.5', '@', '@soon', '@2026-99-99'])
    expect(() => parseStartAt(text), text).toThrow('Write');
});

test('log lines are text, or JSON objects', () => {
  const stream = new PassThrough();
  const now = () => new Date(0);
  logLines(stream, 'text', now)('warn', 'tending\nfailed', { code: 'store_full', none: undefined });
  logLines(stream, 'json', now)('error', 'failed', errorFields(new Error('no')));
  const [text, json] = String(stream.read()).split('\n');
  expect(text).toBe('00:00:00 warn  tending\\x0afailed  code=store_full');
  expect(JSON.parse(json!)).toMatchObject({
    time: '1970-01-01T00:00:00.000Z',
    level: 'error',
    message: 'failed',
    error: 'no',
  });
});

test('one of a kind is named in the singular', () => {
  const told = [0, 1, 1_000].map((count) => [counted(count, 'event'), counted(count, 'batch', 'batches')]);
  expect(told).toEqual([
    ['0 events', '0 batches'],
    ['1 event', '1 batch'],
    ['1,000 events', '1,000 batches'],
  ]);
});

test('Kafka clients are told all that they need', () => {
  const bootstrap = '10.0.0.7:9092';
  expect(clientsText({ bootstrap, protocol: 'PLAINTEXT', mechanisms: [] })).toBe(
    'any Kafka client: bootstrap.servers=10.0.0.7:9092',
  );
  const mechanisms = bestFirst(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']);
  expect(clientsText({ bootstrap, protocol: 'SASL_SSL', mechanisms })).toBe(
    'Kafka clients: bootstrap.servers=10.0.0.7:9092, security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 or SCRAM-SHA-256 or PLAIN',
  );
});
