import { type Evidence, fateOf, type Known } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Every place holds one record, every record is in one place, and somebody sent it there. */
export function checkPlaces(evidence: Evidence): Finding[] {
  return [...placesTwice(evidence), ...strangers(evidence)];
}

/** Where a record is, as far as an operation says. */
interface Claim {
  readonly value: string;
  readonly by: number;
}

function placesTwice({ history, values, sightings }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const holders = new Map<string, Claim>();
  const homes = new Map<string, { place: string; by: number; seen: boolean }>();
  const claim = (place: string, value: string, by: number, seen: boolean) => {
    const holder = holders.get(place);
    if (!holder) holders.set(place, { value, by });
    else if (holder.value !== value) {
      const says = `${place} holds ${holder.value}, and ${value}`;
      findings.push({ anomaly: 'inconsistent-offsets', says, operations: [holder.by, by] });
    }
    const home = homes.get(value);
    if (!home || home.place === place) {
      homes.set(value, { place, by: home?.by ?? by, seen: seen || (home?.seen ?? false) });
    } else if (home.seen || !seen) {
      if (values.get(value)?.send?.mayRepeat) return;
      const says = `${value} is at ${home.place}, and at ${place}`;
      findings.push({ anomaly: 'duplicate', says, operations: [home.by, by] });
    } else {
      const says = `${value} was acknowledged at ${home.place}, and is at ${place}`;
      findings.push({ anomaly: 'inconsistent-offsets', says, operations: [home.by, by] });
    }
  };
  for (const send of history.operations) {
    if (send.kind !== 'send' || send.outcome === 'fail') continue;
    for (const { partition, offset, value } of send.records) {
      if (partition !== undefined && offset !== undefined) claim(`${partition}@${offset}`, value, send.id, false);
    }
  }
  sightings(({ look, partition, offset, known }) => claim(`${partition}@${offset}`, known.value, look.id, true));
  return findings;
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
