import type { SCRAM_MECHANISMS } from '../../auth/index.ts';

/** What clients can authenticate by, as SASL calls it. */
export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const satisfies readonly (
  | 'PLAIN'
  | (typeof SCRAM_MECHANISMS)[number]
)[];
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/**
 * What came of a client's token: another one is due (`more`), the client is who it says (`done`), or it is not, and learns
 * nothing but that.
 */
export type Step =
  | { readonly is: 'more'; readonly token: Uint8Array }
  | { readonly is: 'done'; readonly token: Uint8Array; readonly user: string }
  | { readonly is: 'refused' };

/** The server's side of one authentication, token by token. */
export interface Exchange {
  /** @throws StoreError where credentials can't be read */
  step(token: Uint8Array): Promise<Step>;
}

export const REFUSED: Step = { is: 'refused' };
