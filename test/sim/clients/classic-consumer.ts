import { ClassicMember, type GroupMemberOptions, isMembers } from './classic-member.ts';
import { backOff, type ClientParts, type ClientProgram, KafkaLink } from './client.ts';
import { fetchOnce } from './reader.ts';

export interface GroupConsumerOptions extends GroupMemberOptions {
  readonly thinkMs: number;
  /** How often it commits after a poll: 1 always. */
  readonly commits: number;
}

/** A consumer by Kafka's classic protocol. */
export function classicConsumer(options: GroupConsumerOptions): ClientProgram {
  return async (parts) => {
    const link = new KafkaLink(parts);
    const member = new ClassicMember(parts, link, options);
    for (let failures = 0; !parts.ending(); ) {
      try {
        await member.join();
        failures = 0;
        await work(parts, link, member, options);
      } catch (error) {
        if (!isMembers(error)) throw error;
        member.lose(error);
        await backOff(parts, ++failures);
      }
    }
    await member.leave();
  };
}

/** Polls, commits and beats its heart until the group asks it to join anew, or it ends. */
async function work(
  { process, chance, ending }: ClientParts,
  link: KafkaLink,
  member: ClassicMember,
  { sessionMs, thinkMs, commits }: GroupConsumerOptions,
): Promise<void> {
  let beatAtMs = process.clock.monotonicMs();
  while (!ending()) {
    if (member.positions.length > 0) {
      const fetched = await fetchOnce(link.connection, member.positions, { isolation: 'committed', maxWaitMs: 300 });
      member.story.sees(fetched);
      await member.story.resets(link.connection, fetched);
      if (Object.keys(fetched.records).length > 0 && chance.is(commits)) await member.commit();
    }
    await process.clock.sleep(chance.between(0, thinkMs));
    if (process.clock.monotonicMs() - beatAtMs < sessionMs / 3) continue;
    beatAtMs = process.clock.monotonicMs();
    if (chance.is(0.3)) await member.commit();
    if (member.isOutdated || !(await member.beat())) {
      if (chance.is(0.5)) await member.commit();
      return member.giveUp();
    }
  }
  await member.commit();
}
