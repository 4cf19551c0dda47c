import type { Table } from './harness.ts';

/** A table with its columns aligned: the first to the left, the others to the right. */
export function aligned(table: Table): string {
  const widths = table.columns.map((name, i) => Math.max(name.length, ...table.rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [table.title, line(table.columns), rule, ...table.rows.map(line)].join('\n');
}

/** The same in Markdown, for docs/performance.md. */
export function markdown(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const marks = table.columns.map((_, i) => (i === 0 ? '---' : '---:'));
  return [`### ${table.title}`, '', line(table.columns), line(marks), ...table.rows.map(line)].join('\n');
}
