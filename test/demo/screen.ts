import type { Writable } from 'node:stream';
import cliProgress from 'cli-progress';

const LABEL_CHARS = 30;
const NUMBER_CHARS = 12;
const DRAWS_PER_SECOND = 8;
/** Where nobody sees it drawn, progress is a line each time so much more is done. */
const PLAIN_STEP = 0.25;

/** Where the demo writes to: a terminal, or not. */
type Terminal = Writable & { readonly isTTY?: boolean };

/** One thing that goes forward while others do. */
export interface Bar {
  at(done: number): void;
}

/** What the demo says: aligned columns; progress drawn on a terminal, plain lines elsewhere. */
export class Screen {
  readonly #out: Terminal;
  readonly #colour: boolean;
  #bars: cliProgress.MultiBar | undefined;
  #step = 0;

  constructor(out: Terminal, env: NodeJS.ProcessEnv) {
    this.#out = out;
    this.#colour = out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  title(text: string): void {
    this.#line(`\n${this.#styled(1, text)}`);
  }

  stage(text: string): void {
    this.#step++;
    this.#line(`\n${this.#styled(36, String(this.#step))} ${this.#styled(1, text)}`);
  }

  fact(label: string, value: string | number): void {
    this.#line(
      `  ${label.padEnd(LABEL_CHARS)}${typeof value === 'number' ? grouped(value).padStart(NUMBER_CHARS) : value}`,
    );
  }

  /** Something that happened, also while bars are drawn. */
  event(text: string): void {
    this.#line(`  ${this.#styled(33, '•')} ${text}`);
  }

  /** The headings above checks. */
  checks(): void {
    this.#line(
      `  ${this.#styled(2, `${''.padEnd(LABEL_CHARS)}${'counted'.padStart(NUMBER_CHARS)}${'expected'.padStart(NUMBER_CHARS)}`)}`,
    );
  }

  check(label: string, counted: number, expected: number, note = ''): void {
    const mark = counted === expected ? this.#styled(32, '✓') : this.#styled(31, '✗');
    const numbers = [counted, expected].map((count) => grouped(count).padStart(NUMBER_CHARS)).join('');
    this.#line(`${mark} ${label.padEnd(LABEL_CHARS)}${numbers}${note === '' ? '' : `  ${this.#styled(2, note)}`}`);
  }

  good(text: string): void {
    this.#line(`\n${this.#styled(32, text)}`);
  }

  bad(text: string): void {
    this.#line(`\n${this.#styled(31, text)}`);
  }

  /** A bar for each label, all until `endBars`. */
  bars(totals: Readonly<Record<string, number>>): Bar[] {
    const bars = new cliProgress.MultiBar({
      format: `  {label} {bar} {value}  of {total}`,
      formatValue: (value, _, type) =>
        type === 'value' || type === 'total' ? grouped(value).padStart(9) : String(value),
      stream: this.#out,
      fps: DRAWS_PER_SECOND,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      barCompleteChar: '█',
      barIncompleteChar: '░',
    });
    if (this.#out.isTTY) this.#bars = bars;
    return Object.entries(totals).map(([label, total]) => {
      if (!this.#out.isTTY) return this.#plainBar(label, total);
      const bar = bars.create(total, 0, { label: label.padEnd(LABEL_CHARS - 1) });
      return { at: (done) => bar.update(Math.min(done, total)) };
    });
  }

  endBars(): void {
    this.#bars?.stop();
    this.#bars = undefined;
  }

  #plainBar(label: string, total: number): Bar {
    let next = PLAIN_STEP;
    return {
      at: (done) => {
        if (total === 0 || done < total * next) return;
        while (done >= total * next) next += PLAIN_STEP;
        this.#line(`  ${label.padEnd(LABEL_CHARS)}${grouped(done).padStart(NUMBER_CHARS)}`);
      },
    };
  }

  #line(text: string): void {
    if (this.#bars) this.#bars.log(`${text}\n`);
    else this.#out.write(`${text}\n`);
  }

  #styled(code: number, text: string): string {
    return this.#colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
