import type { Address } from '../session.ts';
import type { Cluster } from './cluster.ts';

/**
 * A cluster of this gateway alone.
 *
 * @param advertised where clients are told to connect to; undefined: to where they came
 */
export function soleBroker(options: {
  readonly id: number;
  readonly rack: string | null;
  readonly advertised: Address | undefined;
}): Cluster {
  const { id, rack, advertised } = options;
  return {
    view: async ({ peer }) => {
      const self = { id, rack, ...(advertised ?? peer.local) };
      return {
        brokers: [self],
        self,
        controllerId: id,
        leaderOf: () => id,
        coordinatorOf: () => self,
        nearerReplica: () => undefined,
        mayRefuseFor: () => false,
      };
    },
  };
}
