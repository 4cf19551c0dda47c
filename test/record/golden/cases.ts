import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  baseOffset,
  batchHeader,
  CODECS,
  type EventInput,
  encodeBatch,
  encodeMarker,
  type Header,
  readRecords,
  stampLogAppendTime,
} from '../../../lib/record/index.ts';

/** What one implementation made, and what the Java client read from it, in the lines that Golden.java prints. */
export interface GoldenCase {
  name: string;
  bytes: Uint8Array;
  lines: string[];
}

const T = 1_700_000_000_000;
const DAY_MS = 86_400_000;
const LONG_FIELD_BYTES = 64;

/** Reads one of the fixture files of this folder. */
export function goldenCases(file: string): GoldenCase[] {
  const cases: GoldenCase[] = [];
  for (const line of readFileSync(new URL(file, import.meta.url), 'utf8').split('\n')) {
    const last = cases.at(-1);
    if (line.startsWith('case ')) cases.push({ name: line.slice(5), bytes: new Uint8Array(0), lines: [] });
    else if (last !== undefined && line.startsWith('bytes ')) last.bytes = Buffer.from(line.slice(6), 'hex');
    else if (last !== undefined && line !== '') last.lines.push(line);
  }
  return cases;
}

/** A batch in the lines that Golden.java prints, from our own reading. */
export function renderBatch(bytes: Uint8Array): string[] {
  const batch = batchHeader(bytes);
  const first = baseOffset(bytes);
  const { codec, timestampType, offsetSpan, maxTimestampMs, producerId, producerEpoch, baseSequence } = batch;
  const flags = `${batch.transactional ? ' transactional' : ''}${batch.control ? ' control' : ''}`;
  const lines = [
    `batch ${codec} ${timestampType} ${first}..${first + offsetSpan - 1} max ${maxTimestampMs} producer ${producerId} ${producerEpoch} ${baseSequence}${flags}`,
  ];
  for (const { offset, timestampMs, key, value, headers } of readRecords(bytes)) {
    lines.push(`record ${offset} ${timestampMs} ${field(key)} ${field(value)}${headers.map(header).join('')}`);
  }
  return lines;
}

/** The same records as Golden.java's `mixed`. */
export function mixedEvents(): EventInput[] {
  const events: EventInput[] = [
    event(T, 'key', 'value'),
    event(T + 5, null, 'no key', [
      ['h', Buffer.from('1')],
      ['h', null],
      ['ünï', Buffer.alloc(0)],
    ]),
    event(T - DAY_MS * 400, 'earlier', null),
    event(T + DAY_MS * 400, '', ''),
    event(253_402_300_799_999, null, null),
  ];
  for (let i = 0; i < 20; i++) events.push(event(T + i, `key-${i}`, `value number ${i}`));
  return events;
}

/** The same records as Golden.java's `large`: more than one block of snappy's and of LZ4's framing. */
export function largeEvents(): EventInput[] {
  return [event(0, 'large', '0123456789abcdef'.repeat(9_000)), event(1, null, 'end')];
}

/** What our encoder makes for the Java client to read. */
export function ourCases(): Omit<GoldenCase, 'lines'>[] {
  const cases: Omit<GoldenCase, 'lines'>[] = [];
  for (const codec of CODECS) {
    cases.push({ name: `mixed ${codec}`, bytes: encodeBatch(mixedEvents(), { codec, baseOffset: 5 }) });
    if (codec !== 'none') cases.push({ name: `large ${codec}`, bytes: encodeBatch(largeEvents(), { codec }) });
    const stamped = encodeBatch(mixedEvents(), { codec });
    stampLogAppendTime(stamped, 0, T + 77);
    cases.push({ name: `log append time ${codec}`, bytes: stamped });
  }
  const producer = { producerId: 4_000_000_000, producerEpoch: 7, baseSequence: 123_456 };
  cases.push({ name: 'idempotent', bytes: encodeBatch(mixedEvents(), producer) });
  cases.push({ name: 'transactional', bytes: encodeBatch(mixedEvents(), { ...producer, transactional: true }) });
  for (const type of ['commit', 'abort'] as const) {
    const bytes = encodeMarker({ type, producerId: 9, producerEpoch: 1, timestampMs: T });
    cases.push({ name: `${type} marker`, bytes });
  }
  return cases;
}

function event(timestampMs: number, key: string | null, value: string | null, headers: Header[] = []): EventInput {
  return {
    timestampMs,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers,
  };
}

function field(bytes: Uint8Array | null): string {
  if (bytes === null) return 'null';
  if (bytes.length === 0) return 'empty';
  if (bytes.length <= LONG_FIELD_BYTES) return hex(bytes);
  return `${bytes.length}:${createHash('sha256').update(bytes).digest('hex')}`;
}

function header([key, value]: Header): string {
  return ` ${hex(Buffer.from(key))}=${value === null ? 'null' : hex(value)}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
