import { alignedBytes } from '../blocks.ts';
import { Gate } from '../gate.ts';
import { INDEX_BYTES_MAX } from './format.ts';

/** Block-aligned memory on which states and indexes are laid out to be written, one at a time for all volumes. */
export class Desk {
  readonly #gate = new Gate(1);
  #bytes: Uint8Array | undefined;

  /** Calls `work` with the memory once it is free. Files of volumes are closed under it, too, so none is closed in use. */
  use<Result>(work: (bytes: Uint8Array) => Promise<Result>): Promise<Result> {
    return this.#gate.pass(() => {
      this.#bytes ??= alignedBytes(INDEX_BYTES_MAX);
      return work(this.#bytes);
    });
  }
}
