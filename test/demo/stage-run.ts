import { type Cast, settle, until } from './cast.ts';
import { grouped } from './screen.ts';

/** When, by the share of all flights, a member is killed (read) and the server is (acknowledged). */
const MEMBER_DIES_AT = 0.25;
const SERVER_DIES_AT = 0.6;

/** Produces all flights while members read and routes deliver; kills a member, and the server, on the way. */
export async function run(cast: Cast): Promise<void> {
  const { screen, facts, group, receiver, producer } = cast;
  screen.stage('Everything at once');
  const all = facts.count;
  const bars = screen.bars({
    produced: all,
    'read by the group': all,
    archived: all,
    'delivered by webhook': facts.delayedCount,
  });
  const began = performance.now();
  const taking = takeOver(cast);
  const crashing = crash(cast);
  const producing = producer.run().then(() => {
    const perSecond = (all / (performance.now() - began)) * 1_000;
    screen.event(
      `all ${grouped(all)} flights are acknowledged, ${grouped(Math.round(perSecond))} a second, breaks included`,
    );
  });
  const settled = settle(cast, ({ archived, waiting }) => {
    const done = [producer.acknowledged.distinct, group.read.distinct, archived, receiver.seen.distinct];
    for (const [i, bar] of bars.entries()) bar.at(done[i]!);
    return producer.acknowledged.distinct === all && group.read.distinct === all && waiting === 0;
  });
  await Promise.race([Promise.all([producing, taking, crashing, settled]), cast.broken]);
  screen.endBars();
  screen.event(`everybody is through after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

/** Kills a member that has a partition, and waits for the one that stands by. */
async function takeOver(cast: Cast): Promise<void> {
  const { screen, facts, group } = cast;
  await until(
    cast,
    () => group.read.distinct >= facts.count * MEMBER_DIES_AT,
    () => group.read.total,
  );
  const victim = group.members.find(({ partitions }) => partitions.length > 0)!;
  const [partition] = victim.partitions;
  group.kill(victim);
  const killed = performance.now();
  screen.event(`member ${victim.name} is killed (SIGKILL) after it read ${grouped(victim.read)} flights`);
  const heir = () => group.members.find(({ alive, partitions }) => alive && partitions.includes(partition!));
  await until(
    cast,
    () => heir() !== undefined,
    () => group.read.total,
  );
  const after = ((performance.now() - killed) / 1_000).toFixed(1);
  screen.event(`member ${heir()!.name}, who stood by, has taken over partition ${partition} ${after} s later`);
}

async function crash(cast: Cast): Promise<void> {
  const { screen, facts, installation, producer } = cast;
  const acknowledged = () => producer.acknowledged.distinct;
  await until(cast, () => acknowledged() >= facts.count * SERVER_DIES_AT, acknowledged);
  const before = acknowledged();
  screen.event(`the server is killed (SIGKILL) with ${grouped(before)} flights acknowledged and requests under way`);
  const awayMs = await installation.crash();
  screen.event(`it answers again ${(awayMs / 1_000).toFixed(1)} s later, process ${installation.server.pid}`);
}
