import { readArchive } from './archive.ts';
import { type Cast, PARTITIONS, TOPIC } from './cast.ts';
import { countRows } from './facts.ts';
import { grouped } from './screen.ts';

/** Holds what was counted against the data set. */
export async function compare(cast: Cast): Promise<void> {
  const { screen, verdict, facts, installation, group, receiver, producer } = cast;
  screen.stage('Counted, against the data set');
  screen.checks();
  const { acknowledged } = producer;
  verdict.expect('acknowledged', acknowledged.distinct, facts.count, `${producer.retries} requests had to be repeated`);
  verdict.expect('offsets acknowledged twice', acknowledged.shared(), 0);
  verdict.expect(
    'retries answered otherwise',
    producer.answeredOtherwise,
    0,
    `${producer.sentAgain} batches sent again on purpose`,
  );
  verdict.expect('events in the topic', await installation.eventsIn(TOPIC, PARTITIONS), facts.count);

  verdict.expect(
    'read by the group',
    group.read.distinct,
    facts.count,
    `${grouped(group.read.repeated)} again, after the kills`,
  );
  verdict.expect('  changed, or elsewhere', group.read.changed + group.read.misplaced(acknowledged), 0);
  await compareArchive(cast);
  const { seen } = receiver;
  verdict.expect(
    'delivered by webhook',
    seen.distinct,
    facts.delayedCount,
    `${grouped(seen.repeated)} again, known by their id`,
  );
  verdict.expect('  different webhook ids', receiver.ids.size, facts.delayedCount);
  verdict.expect(
    '  not delayed at all',
    countRows(facts, (row) => seen.has(row) && facts.delayed[row] === 0),
    0,
  );
  verdict.expect('  changed, or elsewhere', seen.changed + seen.misplaced(acknowledged), 0);
  verdict.expect('  out of their origin’s order', receiver.outOfOrder, 0);
  verdict.expect(
    '  signatures that do not hold',
    receiver.forged,
    0,
    `${receiver.refused} first tries were answered 503`,
  );
}

/** The archive must hold all flights exactly once, now and after any replay. */
export async function compareArchive({ verdict, facts, installation, producer }: Cast): Promise<void> {
  const { flights, gaps, wrongKeyOrTime } = await readArchive(installation.archive, TOPIC, facts);
  verdict.expect('lines in the archive', flights.total, facts.count);
  verdict.expect('  different flights', flights.distinct, facts.count);
  verdict.expect('  gaps or repeats in offsets', gaps, 0);
  verdict.expect(
    '  changed, or elsewhere',
    flights.changed + wrongKeyOrTime + flights.misplaced(producer.acknowledged),
    0,
  );
}
