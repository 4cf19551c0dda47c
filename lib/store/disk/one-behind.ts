/**
 * Work that covers all who asked for it before it began: everyone who asks while it waits shares it, and whoever asks while
 * it is under way shares the one after it.
 *
 * @example
 * const saving = new OneBehind(() => save(state));
 * change(state);
 * await saving.ask(); // the change is saved
 */
export class OneBehind {
  readonly #work: () => Promise<void>;
  #last: Promise<void> = Promise.resolve();
  /** Whether `#last` has not begun yet. */
  #waits = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  ask(): Promise<void> {
    if (!this.#waits) {
      this.#waits = true;
      this.#last = this.#run(this.#last);
    }
    return this.#last;
  }

  async #run(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined); // its own callers were told
    this.#waits = false;
    await this.#work();
  }
}
