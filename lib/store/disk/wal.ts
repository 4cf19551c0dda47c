import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { systemCode } from './failures.ts';

/*
 * SQLite's write-ahead log, as far as it takes to tell damage from a torn end. Source: sqlite.org, "Database File Format",
 * section 4, "The Write-Ahead Log": a header, then frames of one page each, whose sums go on from one another.
 */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Of the header: what its own sum is of. Of a frame's header: what is summed before the page. */
const HEADER_SUMMED_BYTES = 24;
const FRAME_SUMMED_BYTES = 8;
/** The last bit says in which order the bytes of summed words are: 0 for little-endian. */
const MAGIC = 0x377f0682;
/** What a disk writes whole or not at all. */
const SECTOR_BYTES = 512;
const PAGE_SIZES = [512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536] as const;

/** The bytes of a log; `read` gives those that are there. */
export interface WalBytes {
  readonly sizeBytes: number;
  read(at: number, sizeBytes: number): Buffer;
}

/** Where a log is damaged. */
export interface WalDamage {
  /** From 1, as SQLite counts; 0 is the header. */
  readonly frame: number;
  readonly atBytes: number;
  /** Commits from there on, which SQLite would drop. */
  readonly commits: number;
}

/** Two words, as salts and as sums. */
type Pair = readonly [number, number];

interface Layout {
  readonly pageBytes: number;
  readonly littleEndian: boolean;
}

interface Frame {
  readonly bytes: Buffer;
  /** The last of its transaction. */
  readonly commit: boolean;
  /** Its header lies in one sector, so what that says was written at once: salts and sums vouch for `commit`. */
  readonly atOnce: boolean;
  readonly salts: Pair;
  /** As they are written; they are of this frame and all before it. */
  readonly sums: Pair;
}

/**
 * Looks for a frame that was changed after it was synced. SQLite takes the first frame that does not fit for the torn end of
 * a log, and drops what is behind it, acknowledged or not.
 *
 * A frame that does not fit is damage where, behind it or with it, a commit is followed by a frame whose sum goes on from that
 * commit. That frame was written after the commit's sync, so all before it was on the disk once. No crash makes that: what is
 * torn by one belongs to the last transaction, behind whose commit nothing was written. Nor do remains: frames of before the
 * log was begun anew have other salts; those of a transaction that failed, or was torn by an earlier crash, end with its commit
 * at the latest, and what lies behind them does not go on from their sums. Nor does a header that was torn itself and takes an old
 * frame's mark of a commit for its own: a commit counts where its header lies in one sector. (This rests on
 * `synchronous = FULL`, and on sectors of 512 bytes being written whole or not at all.)
 *
 * So a change in the last transaction, in rare places in the last but one, is not told from a torn end, nor a log that is
 * gone or was cut.
 *
 * @example
 * findWalDamage(walBytes(readFileSync('items.db-wal'))) // undefined, or { frame: 12, atBytes: 45352, commits: 31 }
 */
export function findWalDamage(wal: WalBytes): WalDamage | undefined {
  const header = wal.read(0, HEADER_BYTES);
  if (header.length < HEADER_BYTES) return undefined;
  const magic = header.readUInt32BE(0);
  const layout = { pageBytes: header.readUInt32BE(8), littleEndian: magic % 2 === 0 };
  const sums = sumOf([0, 0], header.subarray(0, HEADER_SUMMED_BYTES), layout);
  if ((magic & ~1) === MAGIC && same(sums, pairAt(header, 24))) {
    return damageAmong(wal, layout, { salts: pairAt(header, 16), sums });
  }
  // The header is damaged, or never had frames. What it says of pages is tried out.
  for (const pageBytes of PAGE_SIZES) {
    for (const littleEndian of [true, false]) {
      const found = damageAmong(wal, { pageBytes, littleEndian }, undefined);
      if (found) return found;
    }
  }
  return undefined;
}

/** Damage among the frames; without a sound header, that of the header, and a frame is ours that has the salts of that before. */
function damageAmong(
  wal: WalBytes,
  layout: Layout,
  header: { readonly salts: Pair; readonly sums: Pair } | undefined,
): WalDamage | undefined {
  let sums = header?.sums;
  let salts = header?.salts;
  let bad = header ? undefined : 0;
  let commits = 0;
  let synced = false;
  /** What a frame that was written after a commit goes on from, where the frame before is a commit. */
  let committed: readonly Pair[] = [];
  for (let n = 1; ; n++) {
    const frame = frameAt(wal, layout, n);
    if (!frame) break;
    const ours = salts !== undefined && same(frame.salts, salts);
    if (!header) salts = frame.salts;
    if (bad === undefined && sums) {
      sums = frameSums(sums, frame, layout);
      if (ours && same(sums, frame.sums)) continue;
      bad = n;
      if (frame.commit) commits++;
      // What was changed in it may be its sums themselves.
      committed = frame.commit && frame.atOnce ? [frame.sums, sums] : [];
      continue;
    }
    if (ours) synced ||= committed.some((before) => same(frameSums(before, frame, layout), frame.sums));
    const commit = frame.commit && (ours || !header);
    committed = commit && frame.atOnce ? [frame.sums] : [];
    if (commit) commits++;
  }
  return synced && bad !== undefined ? { frame: bad, atBytes: offsetOf(layout, bad), commits } : undefined;
}

/** As `findWalDamage`, of a file; one that is absent is sound. It is read only. */
export function findWalFileDamage(path: string): WalDamage | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const read = (at: number, sizeBytes: number) => {
      const bytes = Buffer.allocUnsafe(sizeBytes);
      return bytes.subarray(0, readSync(fd, bytes, 0, sizeBytes, at));
    };
    return findWalDamage({ sizeBytes: fstatSync(fd).size, read });
  } finally {
    closeSync(fd);
  }
}

/** A log that is in memory. */
export function walBytes(bytes: Buffer): WalBytes {
  return { sizeBytes: bytes.length, read: (at, sizeBytes) => bytes.subarray(at, at + sizeBytes) };
}

function offsetOf({ pageBytes }: Layout, frame: number): number {
  return frame === 0 ? 0 : HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes);
}

function frameAt(wal: WalBytes, layout: Layout, n: number): Frame | undefined {
  const sizeBytes = FRAME_HEADER_BYTES + layout.pageBytes;
  if (offsetOf(layout, n) + sizeBytes > wal.sizeBytes) return undefined;
  const bytes = wal.read(offsetOf(layout, n), sizeBytes);
  if (bytes.length < sizeBytes) return undefined;
  const atOnce = (offsetOf(layout, n) % SECTOR_BYTES) + FRAME_HEADER_BYTES <= SECTOR_BYTES;
  return { bytes, commit: bytes.readUInt32BE(4) !== 0, atOnce, salts: pairAt(bytes, 8), sums: pairAt(bytes, 16) };
}

function frameSums(before: Pair, { bytes }: Frame, layout: Layout): Pair {
  return sumOf(
    sumOf(before, bytes.subarray(0, FRAME_SUMMED_BYTES), layout),
    bytes.subarray(FRAME_HEADER_BYTES),
    layout,
  );
}

/** SQLite's sum, from which that of the next bytes goes on; of whole pairs of words. */
function sumOf([before0, before1]: Pair, bytes: Buffer, { littleEndian }: Layout): Pair {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum0 = before0;
  let sum1 = before1;
  for (let at = 0; at < bytes.length; at += 8) {
    sum0 = (sum0 + words.getUint32(at, littleEndian) + sum1) >>> 0;
    sum1 = (sum1 + words.getUint32(at + 4, littleEndian) + sum0) >>> 0;
  }
  return [sum0, sum1];
}

function pairAt(bytes: Buffer, at: number): Pair {
  return [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)];
}

function same(a: Pair, b: Pair): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
