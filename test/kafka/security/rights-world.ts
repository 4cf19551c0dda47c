import { type ApiName, KAFKA_ERRORS, type Requests, type Sparse } from '../../../lib/kafka/index.ts';
import { Client, openWorld } from '../client.ts';
import type { Need } from './rights-entry.ts';

export const ALICE = 'User:alice';

const REFUSALS: ReadonlySet<number> = new Set([
  KAFKA_ERRORS.TOPIC_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.GROUP_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.CLUSTER_AUTHORIZATION_FAILED,
  KAFKA_ERRORS.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
]);

export type RightsWorld = Awaited<ReturnType<typeof openRightsWorld>>;

/** A gateway that asks for rights, with the super user `User:admin`, the topic `orders` and the group `consumers`. */
export async function openRightsWorld() {
  const { platform, gateway, close } = openWorld({
    gateway: { security: { access: { superUsers: ['User:admin'] } } },
  });
  await platform.topics.create('orders', { partitions: 2 });

  function as(principal: string): Client {
    const local = { host: '10.0.0.1', port: 9092 };
    return new Client(gateway.connect({ host: '10.0.0.7', local, listener: 'SSL', tls: { principal } }));
  }

  async function allow(needs: readonly Need[], principal = ALICE): Promise<void> {
    await platform.acls.create(
      needs.map(([operation, { type, name }]) => ({
        resource: { type, name, pattern: 'LITERAL' },
        principal,
        host: '*',
        operation,
        permission: 'ALLOW',
      })),
    );
  }

  /** All refusals in an answer, wherever they stand. */
  async function refusals<Name extends ApiName>(
    api: Name,
    ask: Sparse<Requests[Name]>,
    principal = ALICE,
  ): Promise<number[]> {
    const found: number[] = [];
    JSON.stringify(await as(principal).call(api, ask), (name, value: unknown) => {
      // What an answer does not show is no refusal of the request.
      if (/^(errorCode|partitionErrorCode)$/.test(name) && REFUSALS.has(value as number)) found.push(value as number);
      return typeof value === 'bigint' ? Number(value) : value;
    });
    return [...new Set(found)];
  }

  await as('User:admin').call('ConsumerGroupHeartbeat', {
    groupId: 'consumers',
    memberId: 'm',
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: ['orders'],
    topicPartitions: [],
  });
  return { platform, gateway, as, allow, refusals, close };
}
