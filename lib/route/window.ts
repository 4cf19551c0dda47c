/**
 * The offsets of one partition that were read and not finished. The position to commit is the first of them: everything
 * before it is delivered, dropped or dead-lettered.
 *
 * @example
 * const window = new Window(10);
 * window.open(10); window.open(11); window.readTo(15);
 * window.finish(11); window.position; // 10
 * window.finish(10); window.position; // 15
 */
export class Window {
  /** In offset order; those before `#head` are finished. */
  #opened: number[] = [];
  #head = 0;
  #end: number;
  readonly #finished = new Set<number>();

  /** `position` is the offset that is read first. */
  constructor(position: number) {
    this.#end = position;
  }

  /** The next offset to read. */
  get end(): number {
    return this.#end;
  }

  /** Everything before this offset is finished. */
  get position(): number {
    return this.#opened[this.#head] ?? this.#end;
  }

  /** Events from the position on that were opened, finished ones among them. */
  get length(): number {
    return this.#opened.length - this.#head;
  }

  get idle(): boolean {
    return this.#head === this.#opened.length;
  }

  /** Offsets are opened in rising order. */
  open(offset: number): void {
    this.#opened.push(offset);
    this.#end = offset + 1;
  }

  /** Everything up to, but without, `end` was read; what was not opened needs no delivery. */
  readTo(end: number): void {
    if (end > this.#end) this.#end = end;
  }

  finish(offset: number): void {
    this.#finished.add(offset);
    while (this.#finished.delete(this.#opened[this.#head] ?? -1)) this.#head++;
    if (this.#head > 1_024 && this.#head * 2 > this.#opened.length) {
      this.#opened = this.#opened.slice(this.#head);
      this.#head = 0;
    }
  }
}
