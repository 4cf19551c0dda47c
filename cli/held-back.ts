import type { Output } from './output.ts';

/** What a partition's resources show of the last stable offset; servers from before it do not. */
export interface WireStable {
  readonly last_stable_offset?: number;
  readonly held_by?: {
    readonly producer_id: number;
    readonly producer_epoch: number;
    readonly transactional_id: string | null;
    readonly since: string | null;
  };
}

/** How far readers of what is committed get, and whose open transaction they wait for. */
export interface Stable {
  readonly stable: number;
  readonly heldBy?: {
    readonly producerId: number;
    readonly epoch: number;
    readonly transactionalId: string | null;
    readonly since: string | null;
  };
}

export function stableOf({ last_stable_offset, held_by }: WireStable, end: number): Stable {
  const stable = last_stable_offset ?? end;
  if (!held_by) return { stable };
  const { producer_id: producerId, producer_epoch: epoch, transactional_id: transactionalId, since } = held_by;
  return { stable, heldBy: { producerId, epoch, transactionalId, since } };
}

/**
 * Says so where a partition is held back: `A transaction of "mover" is open since 2026-01-01T00:00:00.000Z in partition 0: who reads
 * what is committed waits at 7.`
 */
export function noteHeld(output: Pick<Output, 'note'>, place: string, { stable, heldBy }: Stable): void {
  if (!heldBy) return;
  const { transactionalId, producerId, epoch, since } = heldBy;
  const whose = transactionalId === null ? `producer ${producerId}, epoch ${epoch},` : `"${transactionalId}"`;
  const when = since === null ? '' : ` since ${since}`;
  output.note(`A transaction of ${whose} is open${when} in ${place}: who reads what is committed waits at ${stable}.`);
}

/** A column of the stable offsets, where any partition is held back. */
export function stableColumn(all: readonly Stable[]): { heading: string[]; cell: (one: Stable) => number[] } {
  if (all.every(({ heldBy }) => !heldBy)) return { heading: [], cell: () => [] };
  return { heading: ['STABLE'], cell: ({ stable }) => [stable] };
}
