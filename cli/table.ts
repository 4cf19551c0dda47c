/** A cell: a number stands to the right. */
export type Cell = string | number | null | undefined;

/** What stands for nothing. */
const NONE = '-';
const GAP = '   ';
/** A column is not padded beyond this: one long cell must not push every line over the edge of the screen. */
const WIDTH_MAX = 60;

/**
 * Rows under headings, in columns as wide as their widest cell. No lines around them: so that `awk` and `cut` work.
 *
 * @example
 * tableText(['TOPIC', 'PARTITIONS'], [['orders', 4]]);
 * // TOPIC    PARTITIONS
 * // orders            4
 */
export function tableText(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = headings.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] == null || typeof row[i] === 'number'),
  );
  const lines = [headings, ...rows].map((row) => headings.map((_, i) => cellText(row[i])));
  const widths = headings.map((_, i) =>
    Math.min(
      WIDTH_MAX,
      lines.reduce((max, line) => Math.max(max, line[i]!.length), 0),
    ),
  );
  return lines
    .map((line) => {
      const cells = line.map((text, i) => (numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)));
      return `${cells.join(GAP).trimEnd()}\n`;
    })
    .join('');
}

/** Control characters in names would move the cursor: they are shown by their escapes. */
function cellText(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return NONE;
  return visible(String(cell));
}

/** The text with its control characters as `\xNN`, so that data can't play with the terminal. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** `1234567` → `1,234,567`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 event`, `1,234 events`. `plural` where it is no mere s: `counted(2, 'batch', 'batches')`. */
export function counted(count: number, what: string, plural = `${what}s`): string {
  return `${grouped(count)} ${count === 1 ? what : plural}`;
}

/** `1234567` → `1.2 MB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `1534` ms → `1.5 s`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
