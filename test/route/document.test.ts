import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/bytes/index.ts';
import { parseConfig, settingsOf } from '../../lib/route/config.ts';
import type { Envelope } from '../../lib/route/envelope.ts';
import { compileFilter } from '../../lib/route/filter.ts';
import type { Setting } from '../../lib/route/setting.ts';
import { SINK_KINDS } from '../../lib/route/sinks/index.ts';
import { compileTransform } from '../../lib/route/transform.ts';
import { seededRandom } from '../support/clock.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/routes.md'), 'utf8');

/** The lines of one section, without its heading. */
function section(title: string): string[] {
  const text = DOCUMENT.split(/^## /m).find((one) => one.startsWith(`${title}\n`));
  if (text === undefined) throw new Error(`docs/routes.md has no section "${title}".`);
  return text.split('\n').slice(1);
}

/** The cells of a section's tables, row by row, without heads and without the marks of code. */
function rows(title: string): string[][] {
  const lines = section(title).filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}

const row = ({ name, family, required, defaultText, documentation }: Setting<unknown>) => {
  const without = required ? 'required' : defaultText === undefined ? '' : `\`${defaultText}\``;
  return `| \`${name}${family ? '<name>' : ''}\` | ${without} | ${documentation} |`.replace('|  |', '| |');
};

describe('docs/routes.md', () => {
  test('has every setting, as the code says it', () => {
    const own = SINK_KINDS.flatMap(({ settings }) => settings);
    const shown = section('Settings').filter((line) => line.startsWith('| `'));
    expect(shown).toEqual([...settingsOf(undefined), ...own].map(row));
  });

  test('shows a typical config that is one', () => {
    const [, json] = /```json\n([^`]*)```/.exec(DOCUMENT)!;
    const texts = Object.entries(JSON.parse(json!) as Record<string, unknown>).map(([name, value]) => {
      return [name, typeof value === 'string' ? value : JSON.stringify(value)] as const;
    });
    expect(parseConfig(Object.fromEntries(texts)).problems).toEqual([]);
  });

  test.each(rows('Filters'))('filter %s lets %s pass, not %s', (pattern, passes, not) => {
    const filter = compileFilter(JSON.parse(pattern!));
    expect(filter(JSON.parse(passes!) as Envelope)).toBe(true);
    expect(filter(JSON.parse(not!) as Envelope)).toBe(false);
  });

  test.each(rows('Transforms'))('transform %s makes of %s %s', async (expression, event, delivered) => {
    const transform = compileTransform(expression!, { clock: systemClock, random: seededRandom(1) });
    const bytes = await transform(JSON.parse(event!) as Envelope);
    expect(bytes ? Buffer.from(bytes).toString() : '').toBe(delivered);
  });
});
