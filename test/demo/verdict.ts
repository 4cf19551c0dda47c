import type { Screen } from './screen.ts';

/** All that was counted against what it should be. */
export class Verdict {
  readonly #screen: Screen;
  readonly off: string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Shows both numbers, and remembers where they differ. */
  expect(label: string, counted: number, expected: number, note?: string): void {
    this.#screen.check(label, counted, expected, note);
    if (counted !== expected) this.off.push(`${label}: ${counted} instead of ${expected}`);
  }
}
