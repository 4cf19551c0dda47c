import { type Cast, PARTITIONS, TOPIC, until } from './cast.ts';
import { DELAYED_MINUTES } from './facts.ts';
import type { Group, Member } from './group.ts';

/** Makes topic, routes and members, and waits until two of three share the partitions. */
export async function setUp(cast: Cast, webhookUrl: string, secret: string): Promise<void> {
  const { screen, installation, group } = cast;
  screen.stage('A server, a topic, two routes, and a group of three');
  screen.fact('server', `${installation.server.url}, process ${installation.server.pid}`);
  await installation.createTopic(TOPIC, PARTITIONS);
  screen.fact('topic', `${TOPIC}, ${PARTITIONS} partitions, key = origin, event time = the flight's`);
  await installation.createRoute('archive', {
    'connector.class': 'file',
    topics: TOPIC,
    'file.path': 'archive',
  });
  screen.fact('route archive', 'all flights to JSON lines, exactly once');
  await installation.createRoute('delayed', {
    'connector.class': 'webhook',
    topics: TOPIC,
    filter: JSON.stringify({ value: { delay: [{ numeric: ['>', DELAYED_MINUTES] }] } }),
    'webhook.url': webhookUrl,
    'webhook.secret': secret,
  });
  screen.fact('route delayed', `flights over ${DELAYED_MINUTES} minutes late to a signed webhook, at least once`);
  for (const name of ['anna', 'ben', 'cleo']) group.add(name);
  await until(
    cast,
    () => assignedCounts(group).join() === '0,1,1',
    () => group.members.map((one) => one.partitions).join(';'),
  );
  for (const member of group.members) screen.fact(`member ${member.name}`, duty(member));
}

function assignedCounts(group: Group): number[] {
  return group.members.map(({ partitions }) => partitions.length).sort();
}

function duty({ partitions, child }: Member): string {
  return `${partitions.length === 0 ? 'stands by' : `reads partition ${partitions.join()}`}, process ${child.pid}`;
}
