/**
 * Lets work on the same keys follow in the order of the calls, as the port promises: over several sockets the later of two
 * requests may well arrive first. Work on different keys goes side by side.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `work` when all that was begun before on any of `keys` has ended, well or not. */
  async take<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const before = keys.flatMap((key) => this.#last.get(key) ?? []);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    for (const key of keys) this.#last.set(key, ended);
    try {
      if (before.length > 0) await Promise.all(before);
      return await work();
    } finally {
      for (const key of keys) if (this.#last.get(key) === ended) this.#last.delete(key);
      resolve();
    }
  }
}
