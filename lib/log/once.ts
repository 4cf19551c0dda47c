import { Reader, Writer } from '../bytes/index.ts';
import type { Item, ItemKey, MetaStore, Write } from '../store/index.ts';
import { IDEMPOTENCY_TTL_MS } from './limits.ts';
import { type Appended, LogError } from './model.ts';
import { damaged, decoding, isCount } from './stored.ts';

/** What makes an append happen once: a second one with the same key gets the first one's answer. */
export interface Idempotency {
  /** Unique for the sender and its request; printable, at most 512 bytes. */
  key: string;
  /** A digest of the content: the same key with another content is refused. */
  fingerprint: Uint8Array;
  /** Small, the caller's own, given back with a replayed answer. At most 1 KB. */
  note?: Uint8Array;
}

/** The first answer, as it is remembered for a day. */
export interface Remembered {
  fingerprint: Uint8Array;
  objectId: string;
  appended: Appended[];
  note: Uint8Array | undefined;
  expiresMs: number;
}

function onceKey(key: string): ItemKey {
  return { pk: `once/${key}`, sk: 'answer' };
}

/** The write that remembers an answer; its condition fails where one is remembered already and has not expired. */
export function rememberWrite(
  once: Idempotency,
  objectId: string,
  appended: readonly Appended[],
  nowMs: number,
): Write {
  const writer = new Writer();
  writer.uvarint(appended.length);
  for (const one of appended) {
    writer.uvarint(one.baseOffset);
    writer.uvarint(one.logStartOffset);
    writer.uvarint(one.appendTimeMs);
  }
  const item: Item = {
    f: once.fingerprint,
    o: objectId,
    a: writer.view(),
    ttl: Math.ceil((nowMs + IDEMPOTENCY_TTL_MS) / 1000),
    ...(once.note && { n: once.note }),
  };
  return {
    write: 'put',
    key: onceKey(once.key),
    item,
    when: { if: 'any', of: [{ if: 'itemAbsent' }, { if: 'lt', path: ['ttl'], value: Math.floor(nowMs / 1000) }] },
  };
}

/** @throws LogError `log_corrupt` */
export function parseRemembered(item: Item): Remembered {
  const { f, o, a, n, ttl } = item;
  const whole = f instanceof Uint8Array && typeof o === 'string' && a instanceof Uint8Array && isCount(ttl);
  if (!whole || (n !== undefined && !(n instanceof Uint8Array)))
    throw damaged('A remembered answer', 'it is not whole.');
  return { fingerprint: f, objectId: o, appended: readAppended(a), note: n, expiresMs: ttl * 1000 };
}

/** Three varints. */
const APPENDED_BYTES_MIN = 3;

function readAppended(bytes: Uint8Array): Appended[] {
  const reader = new Reader(bytes);
  const read = () =>
    Array.from({ length: reader.count(APPENDED_BYTES_MIN) }, () => ({
      baseOffset: reader.uvarint(),
      logStartOffset: reader.uvarint(),
      appendTimeMs: reader.uvarint(),
    }));
  return decoding('A remembered answer', read);
}

/** What was answered before under this key, if anything was and the day has not passed. */
export async function recall(items: MetaStore, key: string, nowMs: number): Promise<Remembered | undefined> {
  const item = await items.get(onceKey(key));
  const remembered = item && parseRemembered(item);
  return remembered && remembered.expiresMs >= nowMs ? remembered : undefined;
}

/** @throws LogError `idempotency_mismatch` */
export function sameContent(remembered: { fingerprint: Uint8Array }, once: Idempotency): void {
  if (Buffer.compare(remembered.fingerprint, once.fingerprint) !== 0) {
    throw new LogError(
      'idempotency_mismatch',
      'This Idempotency-Key was used before with different content. Use a new key for new content.',
    );
  }
}
