import type { Requests, Responses } from './generated/index.ts';
import type { Read } from './reader.ts';
import type { Write } from './writer.ts';

/** The name of an API, as in Kafka's documentation: `Produce`. */
export type ApiName = keyof Requests;

/** One API: its key, its versions (`min` to `max`, both among them), and its codec. */
export interface Api<Name extends ApiName> {
  readonly key: number;
  /** What ApiVersions is to say; below `min` only for Produce. */
  readonly advertisedMin: number;
  readonly min: number;
  readonly max: number;
  /** First version with compact notation and tagged fields (KIP-482); `max + 1` where there is none. */
  readonly flexibleFrom: number;
  readonly readRequest: Read<Requests[Name]>;
  readonly writeResponse: Write<Responses[Name]>;
}

export type Apis = { readonly [Name in ApiName]: Api<Name> };
