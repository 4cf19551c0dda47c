import { ConnectionLost } from '../kafka-connection.ts';
import { backOff, type ClientProgram, KafkaLink } from './client.ts';
import { MemberStory } from './group-member.ts';
import { committedPositions, MemberLost, TryAgain } from './group-offsets.ts';
import type { KnownTopic } from './producer.ts';

export interface OnlookerOptions {
  readonly groups: readonly string[];
  readonly topic: KnownTopic;
  readonly thinkMs: number;
}

const NOBODY = { memberId: '', epoch: -1, instanceId: null };

/** Looks at what groups have committed, as tools do that show how far behind they are. */
export function onlooker({ groups, topic, thinkMs }: OnlookerOptions): ClientProgram {
  return async (parts) => {
    const link = new KafkaLink(parts);
    for (let failures = 0; !parts.ending(); ) {
      const group = parts.chance.pick(groups);
      const wanted = Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition }));
      try {
        await committedPositions(link.connection, new MemberStory(parts, group), { group, ...NOBODY }, wanted);
        failures = 0;
      } catch (error) {
        if (!(error instanceof ConnectionLost || error instanceof TryAgain || error instanceof MemberLost)) throw error;
        link.drop();
        await backOff(parts, ++failures);
      }
      await parts.process.clock.sleep(parts.chance.between(0, thinkMs));
    }
  };
}
