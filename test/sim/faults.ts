import type { Chance } from './chance.ts';

/** What the nemesis does, and when. Names of servers are s0, s1, …; those of clients are the plan's. */
export type Fault = { readonly name: string; readonly atMs: number } & (
  | { readonly do: 'kill'; readonly whom: string; readonly downMs: number }
  | { readonly do: 'pause'; readonly whom: string; readonly forMs: number }
  | { readonly do: 'jump'; readonly whom: string; readonly byMs: number }
  /** The stores refuse, lose or delay most calls of one process, or of all. */
  | { readonly do: 'storm'; readonly whom: string | undefined; readonly forMs: number; readonly kind: Storm }
  /** Messages between clients and servers are lost. */
  | { readonly do: 'cut'; readonly forMs: number }
  /** A server goes through the log, whatever the hour. */
  | { readonly do: 'tend'; readonly whom: string; readonly collect: boolean }
);

export const STORMS = ['refused', 'answerLost', 'requestLost', 'delayed', 'slow'] as const;
export type Storm = (typeof STORMS)[number];

/** Faults of a plan, by name f0, f1, …: each kind often missing, or often there. */
export function faultsOf(
  chance: Chance,
  { chaosMs, servers, clients }: { chaosMs: number; servers: number; clients: readonly string[] },
): Fault[] {
  const faults: Fault[] = [];
  const at = () => Math.round(chance.between(0, chaosMs));
  const server = () => `s${chance.below(servers)}`;
  const anyone = () => (chance.is(0.7) ? server() : chance.pick(clients));
  const name = () => `f${faults.length}`;
  const times = (most: number) => (chance.is(0.5) ? chance.below(most + 1) : 0);
  for (let i = times(4); i > 0; i--) {
    const downMs = chance.pick([10, 1_000, 10_000]);
    faults.push({ name: name(), atMs: at(), do: 'kill', whom: anyone(), downMs });
  }
  for (let i = times(4); i > 0; i--) {
    const forMs = chance.pick([500, 4_000, 15_000, 70_000]);
    faults.push({ name: name(), atMs: at(), do: 'pause', whom: anyone(), forMs });
  }
  for (let i = times(3); i > 0; i--) {
    const byMs = chance.pick([-300_000, -15_000, -500, 500, 15_000, 300_000]);
    faults.push({ name: name(), atMs: at(), do: 'jump', whom: server(), byMs });
  }
  for (let i = times(3); i > 0; i--) {
    const whom = chance.is(0.7) ? server() : undefined;
    const forMs = Math.round(chance.between(300, 6_000));
    faults.push({ name: name(), atMs: at(), do: 'storm', whom, forMs, kind: chance.pick(STORMS) });
  }
  for (let i = times(2); i > 0; i--) {
    faults.push({ name: name(), atMs: at(), do: 'cut', forMs: Math.round(chance.between(300, 4_000)) });
  }
  for (let i = times(10); i > 0; i--) {
    faults.push({ name: name(), atMs: at(), do: 'tend', whom: server(), collect: chance.is(0.6) });
  }
  return faults;
}
