import type { DiskFaults } from './disk-faults.ts';
import type { CrashServer } from './server.ts';

/** What a round runs on: servers over one set of stores. */
export interface Site {
  readonly name: 'disk' | 'aws';
  readonly servers: readonly CrashServer[];
  /** Where Kafka clients connect to, `host:port`. */
  readonly kafka: readonly string[];
  /** Where the HTTP API is. */
  readonly http: readonly string[];
  /** Makes the servers' disk fail, or well again. Absent where they have none. */
  disk?(faults: DiskFaults | undefined): void;
  /** A limit on the size of files, as of a full disk, for what is written past Node (SQLite); false: there is room again. */
  full?(isFull: boolean): void;
  /** All servers are stopped: whatever `millrace verify` has to complain of. */
  verify(): Promise<string>;
  /** Ends what is left, and removes it. */
  end(): Promise<void>;
}
