import type { StoreErrorCode, Write } from '../port.ts';

/** What the worker opens. */
export interface WorkerStart {
  readonly path: string;
}

/** A write or a transaction, checked and copied already; answered in order. `nowS` lets expired items be swept in passing. */
export type ItemsRequest =
  | { readonly kind: 'write'; readonly write: Write; readonly nowS: number }
  | { readonly kind: 'transact'; readonly writes: readonly Write[]; readonly nowS: number }
  | { readonly kind: 'close' };

/** The answer to one request; items as they are stored, so that nobody encodes them twice. */
export type ItemsAnswer =
  | { readonly kind: 'write'; readonly applied: boolean; readonly old: Uint8Array | undefined }
  | {
      readonly kind: 'transact';
      readonly failed: readonly ({ item: Uint8Array | undefined } | undefined)[] | undefined;
    }
  | { readonly kind: 'error'; readonly code: StoreErrorCode; readonly message: string };

/** One message of the worker: it is ready, or a group of requests was committed (or refused), in their order. */
export type WorkerMessage = { readonly ready: true } | { readonly answers: readonly ItemsAnswer[] };
