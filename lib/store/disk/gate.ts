/**
 * Lets a bounded number of tasks run at once; the others wait their turn in order of arrival.
 *
 * @example
 * const gate = new Gate(3);
 * await gate.pass(() => fdatasync(fd));
 */
export class Gate {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(most: number) {
    this.free = most;
  }

  async pass<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
