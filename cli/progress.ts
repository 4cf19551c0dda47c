import type { Output } from './output.ts';
import { grouped } from './table.ts';

/** What has been done of some long work, drawn on standard error where people see it. */
export interface Progress {
  /** So much is done, of `total` where that is known by now. */
  at(done: number, total?: number): void;
  /** Takes the drawing away. */
  end(): void;
}

const NOTHING: Progress = { at() {}, end() {} };

/** How often it is drawn. */
const DRAWS_PER_SECOND = 8;

/**
 * A progress bar, or a counter where the total is unknown; nothing where standard error is no terminal.
 *
 * @example
 * const progress = await drawProgress(output, 'Storing', 'events');
 * progress.at(1_000, 5_000); // Storing ███░░░ 1,000 of 5,000 events
 * progress.end();
 */
export async function drawProgress(output: Output, doing: string, unit: string, total = 0): Promise<Progress> {
  if (!output.interactive) return NOTHING;
  const { default: cliProgress } = await import('cli-progress');
  const counted = `${doing} {value} ${unit} · {rate}`;
  const bar = `${doing} {bar} {value} of {total} ${unit} · {rate}`;
  const startMs = performance.now();
  const rate = (done: number) => `${grouped(Math.round((done * 1_000) / Math.max(1, performance.now() - startMs)))}/s`;
  const drawn = new cliProgress.SingleBar(
    {
      format: total > 0 ? bar : counted,
      formatValue: (value, _, type) => (type === 'value' || type === 'total' ? grouped(value) : String(value)),
      stream: output.stderr,
      fps: DRAWS_PER_SECOND,
      hideCursor: true,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_classic,
  );
  drawn.start(total, 0, { rate: '' });
  return {
    at(done, newTotal) {
      if (newTotal !== undefined) drawn.setTotal(newTotal);
      drawn.update(done, { rate: rate(done) });
    },
    end: () => drawn.stop(),
  };
}
