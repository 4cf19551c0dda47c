import type { Evidence, Fate } from './evidence.ts';
import type { Finding } from './finding.ts';
import { type Commit, type Committed, NEVER, type Operation, type PartitionName } from './history.ts';

/** A commit of one partition's offset, and between which moments it took effect if it did. */
interface Write {
  readonly commit: Operation<Commit>;
  readonly offset: number;
  readonly from: number;
  /** NEVER where nobody knows whether it did. */
  readonly until: number;
  readonly fate: Fate | undefined;
}

/** A group's committed offset is the newest one: a register, whose reads never show what was certainly overwritten. */
export function checkOffsets(evidence: Evidence): Finding[] {
  const findings: Finding[] = [];
  const registers = registersOf(evidence);
  const looks = evidence.history.operations.filter((one) => one.kind === 'committed' && one.outcome === 'ok');
  for (const look of (looks as Operation<Committed>[]).sort((a, b) => a.invoked - b.invoked)) {
    for (const partition of look.partitions) {
      const register = registers.get(`${look.group} ${partition}`) ?? new Register([]);
      const finding = register.judge(look, partition, look.offsets[partition]);
      if (finding) findings.push(finding);
    }
  }
  return findings;
}

function registersOf({ history, fates }: Evidence): Map<string, Register> {
  const writes = new Map<string, Write[]>();
  for (const commit of history.operations) {
    if (commit.kind !== 'commit' || commit.outcome === 'fail') continue;
    const fate = commit.txn === undefined ? undefined : fates[commit.txn]!;
    const moments = fate
      ? { from: fate.visibleAfter, until: commit.outcome === 'ok' ? fate.visibleFrom : NEVER }
      : { from: commit.invoked, until: commit.outcome === 'ok' ? commit.ended : NEVER };
    for (const [partition, offset] of Object.entries(commit.offsets)) {
      const name = `${commit.group} ${partition}`;
      const others = writes.get(name);
      const write = { commit, offset, fate, ...moments };
      if (others) others.push(write);
      else writes.set(name, [write]);
    }
  }
  return new Map([...writes].map(([name, all]) => [name, new Register(all)]));
}

class Register {
  readonly #byOffset: ReadonlyMap<number, readonly Write[]>;
  /** Those that certainly took effect, by when they had. */
  readonly #certain: readonly Write[];
  #next = 0;
  /** Of those that had taken effect by now: the one that began last, and the one of the highest generation. */
  #last: Write | undefined;
  #highest: Write | undefined;
  /** The first look that showed an offset: from then on there is one, whoever committed it. */
  #shown: Operation<Committed> | undefined;

  constructor(writes: readonly Write[]) {
    this.#byOffset = Map.groupBy(writes, ({ offset }) => offset);
    this.#certain = writes.filter(({ until }) => until < NEVER).sort((a, b) => a.until - b.until);
  }

  /** Looks come in the order of their invocation. */
  judge(look: Operation<Committed>, partition: PartitionName, offset: number | undefined): Finding | undefined {
    this.#advance(look.invoked);
    const newest = this.#last;
    const about = `group ${look.group}, ${partition}`;
    const shows = [...(newest ? [newest.commit.id] : []), look.id];
    if (offset === undefined) {
      const shown = this.#shown && this.#shown.ended < look.invoked ? this.#shown : undefined;
      if (!newest && !shown) return undefined;
      const says = `${about}: no offset, after ${newest?.offset ?? shown?.offsets[partition]} was committed`;
      return { anomaly: 'offset-back', says, operations: [...(shown ? [shown.id] : []), ...shows] };
    }
    if (!this.#shown || look.ended < this.#shown.ended) this.#shown = look;
    const writes = this.#byOffset.get(offset) ?? [];
    // Most often it is the newest one.
    if (writes.findLast((write) => write.from < look.ended && !this.#overwritten(write))) return undefined;
    const begun = writes.filter(({ from }) => from < look.ended);
    const by = writes.map(({ commit }) => commit.id);
    if (begun.length > 0) {
      const says = `${about}: ${offset}, after ${this.#last!.offset} was committed`;
      return { anomaly: 'offset-back', says, operations: [...by, ...shows] };
    }
    return hidden(look, `${about}: ${offset}`, writes);
  }

  #advance(moment: number): void {
    for (let write = this.#certain[this.#next]; write && write.until < moment; write = this.#certain[++this.#next]) {
      if (!this.#last || write.from > this.#last.from) this.#last = write;
      if (generationOf(write) > generationOf(this.#highest)) this.#highest = write;
    }
  }

  /**
   * One began after it had ended; or one of a later generation took effect, after which it cannot any more (a
   * transaction's may: they were accepted before, and move into place at its end).
   */
  #overwritten({ until, commit, fate }: Write): boolean {
    if (this.#last && this.#last.from > until) return true;
    return fate === undefined && commit.generation !== undefined && generationOf(this.#highest) > commit.generation;
  }
}

function generationOf(write: Write | undefined): number {
  return write?.commit.generation ?? -1;
}

/** Nobody had committed it by then; perhaps a transaction that was to. */
function hidden(look: Operation<Committed>, says: string, writes: readonly Write[]): Finding {
  const write = writes.find(({ fate }) => fate);
  if (!write) return { anomaly: 'phantom-offset', says: `${says} was committed by nobody`, operations: [look.id] };
  const operations = [...writes.map(({ commit }) => commit.id), ...write.fate!.ends.map(({ id }) => id), look.id];
  return write.fate!.outcome === 'aborted'
    ? { anomaly: 'aborted-read', says: `${says} is of a transaction that was not committed`, operations }
    : { anomaly: 'precommitted-read', says: `${says} is of a transaction that was undecided`, operations };
}
