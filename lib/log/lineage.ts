import { parseUlid, Reader, ULID_BYTES, ulidText, Writer } from '../bytes/index.ts';
import { type LedgerRef, LogError, type ObjectRef } from './model.ts';
import { type Page, pageItem, parsePage } from './page.ts';
import { decoding } from './stored.ts';

/** A page and its number in the ledger. */
export interface NumberedPage {
  readonly index: number;
  readonly page: Page;
}

/**
 * Where a merged object comes from: what its footer holds beyond the runs, so that a lost ledger can be rebuilt. Some
 * hundred bytes a page, 16 a source.
 */
export interface Lineage {
  readonly ledger: LedgerRef;
  /** The pages that name the object, as they are once they do: offsets included. */
  readonly pages: readonly NumberedPage[];
  /** Ids of the objects as first written whose events of this ledger are in this one: they are not to be counted twice. */
  readonly sources: readonly string[];
}

const LAYOUT = 1;
/** What a page takes at least: three varints and the page. */
const PAGE_BYTES_MIN = 4;

/** The pages' commits name the object itself, whose size depends on these bytes: it is left out, and put in when read. */
export function encodeLineage({ ledger, pages, sources }: Lineage): Uint8Array {
  const writer = new Writer(64 + pages.length * 256 + sources.length * 16);
  writer.u8(LAYOUT);
  writer.raw(parseUlid(ledger.topicId)!);
  writer.uvarint(ledger.index);
  writer.uvarint(pages.length);
  for (const { index, page } of pages) {
    const bytes = pageItem(page).d as Uint8Array;
    writer.uvarint(index);
    writer.uvarint(page.version);
    writer.uvarint(bytes.length);
    writer.raw(bytes);
  }
  writer.uvarint(sources.length);
  for (const id of sources) writer.raw(parseUlid(id)!);
  return writer.view();
}

/**
 * The lineage of an object, or undefined where it is one as first written.
 * @throws LogError `log_corrupt`
 */
export function decodeLineage(bytes: Uint8Array, object: ObjectRef): Lineage | undefined {
  return bytes.length === 0
    ? undefined
    : decoding(`The lineage of object ${object.id}`, () => readLineage(bytes, object));
}

function readLineage(bytes: Uint8Array, object: ObjectRef): Lineage {
  const reader = new Reader(bytes);
  const layout = reader.u8();
  if (layout !== LAYOUT) {
    throw new LogError(
      'log_corrupt',
      `Object ${object.id} has a lineage of layout ${layout}; this version reads layout ${LAYOUT}.`,
    );
  }
  const ledger = { topicId: ulidText(reader.view(16)), index: reader.uvarint() };
  const pages = Array.from({ length: reader.count(PAGE_BYTES_MIN) }, () => {
    const index = reader.uvarint();
    const version = reader.uvarint();
    const page = parsePage({ v: version, d: reader.view(reader.uvarint()) }, `${index} in object ${object.id}`);
    for (const commit of page.commits) commit.object = object;
    return { index, page };
  });
  const sources = Array.from({ length: reader.count(ULID_BYTES) }, () => ulidText(reader.view(16)));
  return { ledger, pages, sources };
}
