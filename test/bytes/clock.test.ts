import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** How a process ends that waits for nothing but a sleep: 13 is Node's word for an await that nothing can end. */
function endOf(clock: string): number | null {
  const module = new URL('../../lib/bytes/index.ts', import.meta.url).href;
  const code = `const { ${clock} } = await import(${JSON.stringify(module)}); await ${clock}.sleep(20);`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { timeout: 20_000 }).status;
}

describe('a sleep', () => {
  it('of the holding clock keeps the process alive to its end', () => {
    expect(endOf('holdingClock')).toBe(0);
  });

  it('of the usual clock does not', () => {
    expect(endOf('systemClock')).toBe(13);
  });
});
