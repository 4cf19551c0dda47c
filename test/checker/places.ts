import { type Evidence, fateOf, type Known } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { PartitionName } from './history.ts';

/** Every place holds one record, every record is in one place, and somebody sent it there. */
export function checkPlaces(evidence: Evidence): Finding[] {
  return [...placesTwice(evidence), ...strangers(evidence)];
}

/** That a record is at a place: the first operation that says so, and whether one saw it there. */
interface Claim {
  readonly partition: PartitionName;
  readonly offset: number;
  readonly value: string;
  readonly by: number;
  seen: boolean;
}

function placesTwice({ history, values, sightings }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<PartitionName, Map<number, Claim>>();
  const homes = new Map<string, Claim>();
  const claim = (partition: PartitionName, offset: number, value: string, by: number, seen: boolean) => {
    const home = homes.get(value);
    if (home && home.offset === offset && home.partition === partition) {
      home.seen ||= seen;
      return;
    }
    const mine: Claim = { partition, offset, value, by, seen };
    const places = holders.get(partition) ?? new Map<number, Claim>();
    holders.set(partition, places);
    const holder = places.get(offset);
    if (!holder) places.set(offset, mine);
    else if (holder.value !== value) {
      const says = `${partition}@${offset} holds ${holder.value}, and ${value}`;
      findings.push({ anomaly: 'inconsistent-offsets', says, operations: [holder.by, by] });
    }
    if (!home) homes.set(value, mine);
    else if (!values.get(value)?.send?.mayRepeat) findings.push(moved(home, mine));
  };
  for (const send of history.operations) {
    if (send.kind !== 'send' || send.outcome === 'fail') continue;
    for (const { partition, offset, value } of send.records) {
      if (partition !== undefined && offset !== undefined) claim(partition, offset, value, send.id, false);
    }
  }
  sightings(({ look, partition, offset, known }) => claim(partition, offset, known.value, look.id, true));
  return findings;
}

function moved(home: Claim, other: Claim): Finding {
  const [from, to] = [home, other].map(({ partition, offset }) => `${partition}@${offset}`);
  const operations = [home.by, other.by];
  return home.seen || !other.seen
    ? { anomaly: 'duplicate', says: `${home.value} is at ${from}, and at ${to}`, operations }
    : {
        anomaly: 'inconsistent-offsets',
        says: `${home.value} was acknowledged at ${from}, and is at ${to}`,
        operations,
      };
}

/** Seen, but not sent, or not there, or not yet; or sent by a request or a transaction that had no effect, or none yet. */
function strangers(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  const sentTo = new Map<Known, string | undefined>();
  evidence.sightings(({ look, partition, offset, known }) => {
    const { send, value } = known;
    const where = `${value} at ${partition}@${offset}`;
    const find = (anomaly: Finding['anomaly'], says: string, ...more: number[]) => {
      findings.push({ anomaly, says, operations: [...(send ? [send.id] : []), look.id, ...more] });
    };
    if (!send) return find('phantom', `${where} was sent by nobody`);
    if (!sentTo.has(known)) sentTo.set(known, send.records.find((record) => record.value === value)!.partition);
    const to = sentTo.get(known);
    if (to !== undefined && to !== partition) return find('phantom', `${where} was sent to ${to}`);
    if (send.invoked > look.ended) return find('phantom', `${where} was seen before it was sent`);
    if (send.outcome === 'fail') return find('aborted-read', `the request of ${where} had failed`);
    const fate = look.isolation === 'committed' ? fateOf(evidence, known) : undefined;
    if (!fate) return;
    const ends = fate.ends.map(({ id }) => id);
    const its = `transaction ${fate.transaction.id} of ${where}`;
    if (fate.outcome === 'aborted') return find('aborted-read', `${its} was not committed`, ...ends);
    if (look.ended < fate.visibleAfter) find('precommitted-read', `${its} was undecided`, ...ends);
  });
  return findings;
}
