import type { Random } from '../../lib/bytes/index.ts';
import type { CrashServer } from './server.ts';

/** Something that is wrong with a site's stores for a while. */
export interface Trouble {
  /** `failing`: calls fail before or after they took effect, or get no answer. `full`: they are refused, and take no effect. */
  readonly kind: 'failing' | 'full';
  /** From now on, the first call that comes fails, and of the others a share that is drawn. */
  begin(random: Random): void;
  /** All is well again, when this resolves: nothing of it comes later. Tells what there was. */
  end(): Promise<string>;
}

/** What a round runs on: servers over one set of stores. */
export interface Site {
  readonly name: 'disk' | 'aws';
  readonly servers: readonly CrashServer[];
  /** Where Kafka clients connect to, `host:port`. */
  readonly kafka: readonly string[];
  /** Where the HTTP API is. */
  readonly http: readonly string[];
  /** What can be wrong with its stores; at least one of each kind. */
  readonly troubles: readonly Trouble[];
  /** All servers are stopped: whatever `millrace verify` has to complain of. */
  verify(): Promise<string>;
  /** Ends what is left, and removes it. */
  end(): Promise<void>;
}
