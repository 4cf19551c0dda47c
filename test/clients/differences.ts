/**
 * Where a client sees something else on Millrace than on Kafka 4.3.1. All that is not listed here is the same, or a test
 * fails; so does one where a listed difference is gone. docs/kafka.md shows the list.
 */
export interface Difference {
  /** The programs that see it. */
  readonly clients: 'all' | readonly string[];
  /** The step of the program, and the places in what it saw. */
  readonly step: string;
  readonly at: readonly string[];
  /** What a user is told. */
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [];
