import type { Writable } from 'node:stream';
import { type Cell, tableText } from './table.ts';

/** A stream of the process, as far as the command needs to know it. */
export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface OutputOptions {
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What the command says. Data goes to standard output, everything else to standard error; a reader that went away
 * (`| head`) is no failure: `closed` fires, and what is still written goes nowhere.
 */
export class Output {
  readonly stderr: Terminal;
  readonly #stdout: Terminal;
  readonly #closed = new AbortController();
  readonly #colour: boolean;
  #lost: Error | undefined;

  constructor({ stdout, stderr, env }: OutputOptions) {
    this.#stdout = stdout;
    this.stderr = stderr;
    this.#colour = stderr.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
    const gone = (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') this.#lost = error;
      this.#closed.abort();
    };
    stdout.on('error', gone);
    // Nobody is there to be told that nobody listens.
    stderr.on('error', () => {});
  }

  /** Fires when nothing can be written to standard output any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether people see standard error as it is written, so that progress may be drawn there. */
  get interactive(): boolean {
    return this.stderr.isTTY === true;
  }

  /** Writes data; resolves when the stream has handed it on. @throws the stream's error, unless the reader went away */
  async write(data: Uint8Array | string): Promise<void> {
    if (this.closed.aborted) return this.#check();
    await new Promise<void>((resolve) => {
      this.#stdout.write(data, () => resolve());
    });
    return this.#check();
  }

  #check(): void {
    if (this.#lost) throw this.#lost;
  }

  table(headings: readonly string[], rows: readonly (readonly Cell[])[]): Promise<void> {
    return this.write(tableText(headings, rows));
  }

  json(value: unknown): Promise<void> {
    return this.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A line for whoever watches. */
  note(text: string): void {
    this.stderr.write(`${text}\n`);
  }

  /** A line that says what went wrong. */
  problem(text: string): void {
    this.stderr.write(`${this.#colour ? '\x1b[31merror:\x1b[39m' : 'error:'} ${text}\n`);
  }

  strong(text: string): string {
    return this.#colour ? `\x1b[1m${text}\x1b[22m` : text;
  }
}
