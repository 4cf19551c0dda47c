import { type Evidence, type Fate, fateOf, recordsOf } from './evidence.ts';
import type { Finding } from './finding.ts';
import type { CheckOptions } from './options.ts';

/** That one transaction comes before another, and why. */
interface Edge {
  readonly to: number;
  readonly kind: 'ww' | 'wr';
  readonly why: string;
}

/**
 * Cycles among committed transactions, as Adya's G0 and G1c: over the order of their writes alone, and over that and who
 * read from whom. Depth-first search by Tarjan, so linear in transactions and edges.
 */
export function checkCycles(evidence: Evidence, options: CheckOptions): Finding[] {
  const writes = evidence.fates.map((): Edge[] => []);
  addWrites(evidence, options, writes);
  const all = writes.map((edges) => [...edges]);
  addReads(evidence, all);
  const inG0 = new Set<number>();
  const findings: Finding[] = [];
  for (const component of components(writes)) {
    for (const id of component) inG0.add(id);
    findings.push(cycleIn(evidence, component, writes, 'G0'));
  }
  for (const component of components(all)) {
    if (!component.some((id) => inG0.has(id))) findings.push(cycleIn(evidence, component, all, 'G1c'));
  }
  return findings;
}

/** ww: neighbours in a partition. */
function addWrites(evidence: Evidence, { isolatedWrites = false }: CheckOptions, edges: Edge[][]): void {
  for (const [partition, all] of evidence.partitions) {
    let before: { fate: Fate; value: string } | undefined;
    for (const known of all) {
      const fate = fateOf(evidence, known);
      if (fate?.outcome !== 'committed') continue;
      // Of those that are appended as they come, the order says nothing.
      if (!isolatedWrites && !fate.transaction.atomic) continue;
      if (before && before.fate !== fate) {
        const why = `${known.value} follows ${before.value} in ${partition}`;
        edges[before.fate.transaction.id]!.push({ to: fate.transaction.id, kind: 'ww', why });
      }
      before = { fate, value: known.value };
    }
  }
}

/** wr: what a transaction's polls saw. */
function addReads(evidence: Evidence, edges: Edge[][]): void {
  for (const { transaction, polls, outcome } of evidence.fates) {
    if (outcome !== 'committed') continue;
    const seen = new Map<number, string>();
    for (const poll of polls) {
      for (const [, records] of recordsOf(poll)) {
        for (const [, value] of records) {
          const fate = fateOf(evidence, evidence.values.get(value)!);
          if (fate && fate.transaction !== transaction) seen.set(fate.transaction.id, value);
        }
      }
    }
    for (const [from, value] of seen) {
      edges[from]!.push({ to: transaction.id, kind: 'wr', why: `${value} was read` });
    }
  }
}

/** Strongly connected components of more than one transaction. */
function components(edges: readonly (readonly Edge[])[]): number[][] {
  const found: number[][] = [];
  const index = new Array<number>(edges.length).fill(-1);
  const low = new Array<number>(edges.length).fill(0);
  const open: number[] = [];
  const isOpen = new Array<boolean>(edges.length).fill(false);
  let count = 0;
  const enter = (id: number) => {
    index[id] = low[id] = count++;
    open.push(id);
    isOpen[id] = true;
    return { id, next: 0 };
  };
  for (let root = 0; root < edges.length; root++) {
    if (index[root] !== -1) continue;
    // Not recursive: a path may be as long as the history.
    const path = [enter(root)];
    while (path.length > 0) {
      const at = path.at(-1)!;
      const edge = edges[at.id]![at.next++];
      if (edge) {
        if (index[edge.to] === -1) path.push(enter(edge.to));
        else if (isOpen[edge.to]) low[at.id] = Math.min(low[at.id]!, index[edge.to]!);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) low[parent.id] = Math.min(low[parent.id]!, low[at.id]!);
      if (low[at.id] !== index[at.id]) continue;
      const component = open.splice(open.lastIndexOf(at.id));
      for (const id of component) isOpen[id] = false;
      if (component.length > 1) found.push(component);
    }
  }
  return found;
}

/** The shortest cycle through one of them, in words. */
function cycleIn(
  { fates }: Evidence,
  component: readonly number[],
  edges: readonly (readonly Edge[])[],
  anomaly: 'G0' | 'G1c',
): Finding {
  const inside = new Set(component);
  const start = component[0]!;
  const cameBy = new Map<number, { from: number; edge: Edge }>();
  for (let ring = [start]; !cameBy.has(start) && ring.length > 0; ) {
    const next: number[] = [];
    for (const from of ring) {
      for (const edge of edges[from]!) {
        if (!inside.has(edge.to) || cameBy.has(edge.to)) continue;
        cameBy.set(edge.to, { from, edge });
        next.push(edge.to);
      }
    }
    ring = next;
  }
  const steps: string[] = [];
  const operations: number[] = [];
  let at = start;
  do {
    const { from, edge } = cameBy.get(at)!;
    steps.unshift(`transaction ${from} before ${at} (${edge.kind}: ${edge.why})`);
    const { sends, polls, ends } = fates[at]!;
    operations.push(...[...sends, ...polls, ...ends].map(({ id }) => id));
    at = from;
  } while (at !== start);
  return { anomaly, says: steps.join(', '), operations };
}
