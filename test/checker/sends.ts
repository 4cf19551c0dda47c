import type { Evidence, Known } from './evidence.ts';
import type { Anomaly, Finding } from './finding.ts';
import type { Operation, PartitionName, Send } from './history.ts';

/** Who of those that stand further back in a partition was the first to be acknowledged, or to be sent. */
class Earliest {
  readonly #moment: (send: Operation<Send>) => number;
  readonly #by = new Map<string, Known>();

  constructor(moment: (send: Operation<Send>) => number) {
    this.#moment = moment;
  }

  add(name: string, known: Known): void {
    const before = this.#by.get(name);
    if (!before || this.#moment(known.send!) < this.#moment(before.send!)) this.#by.set(name, known);
  }

  /** The one that had its moment before `moment` though it stands further back. */
  before(name: string, moment: number): Known | undefined {
    const known = this.#by.get(name);
    return known && this.#moment(known.send!) < moment ? known : undefined;
  }
}

/** The log has the order in which things were sent: within a request, by a producer, and in real time. */
export function checkSends(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const [partition, known] of evidence.partitions) {
    const sent = known.filter(({ send }) => send && !send.mayRepeat);
    findings.push(...outOfOrder(partition, sent));
  }
  return findings;
}

function outOfOrder(partition: PartitionName, sent: readonly Known[]): Finding[] {
  const findings: Finding[] = [];
  // From the last one back to the first: what was passed stands further back than what comes.
  const acknowledged = new Earliest(({ ended }) => ended);
  const invoked = new Earliest((send) => send.invoked);
  /** By request: the first of its records among them. */
  const requests = new Map<number, Known>();
  for (const known of sent.toReversed()) {
    const send = known.send!;
    const find = (anomaly: Anomaly, earlier: Known) => {
      const says = `${partition}: ${known.value} at ${known.offset} was sent after ${earlier.value} at ${earlier.offset}`;
      findings.push({ anomaly, says, operations: [earlier.send!.id, send.id] });
    };
    const other = requests.get(send.id);
    if (other && other.index < known.index) find('int-nonmonotonic-send', other);
    else requests.set(send.id, known);

    const own =
      acknowledged.before(`process ${send.process}`, send.invoked) ??
      (send.producer === undefined ? undefined : invoked.before(`producer ${send.producer}`, send.invoked));
    const internal = own && send.txn !== undefined && own.send!.txn === send.txn;
    if (own) find(internal ? 'int-nonmonotonic-send' : 'nonmonotonic-send', own);
    else {
      const another = acknowledged.before('all', send.invoked);
      if (another) find('realtime-send', another);
    }
    if (send.producer !== undefined) invoked.add(`producer ${send.producer}`, known);
    if (send.outcome !== 'ok') continue;
    acknowledged.add(`process ${send.process}`, known);
    acknowledged.add('all', known);
  }
  return findings;
}
