import type { GatewayRecord } from './gateway-item.ts';
import { BEAT_MS, EXPIRY_MS, FIRST_SIGHT_MS } from './limits.ts';

interface Heard {
  readonly run: string;
  readonly beats: number;
  /** For how long, by our own clock and while we could look, its beats have not changed. */
  readonly silentMs: number;
}

/** One look at all items. */
export interface Look {
  readonly records: readonly GatewayRecord[];
  /** Wall time, and time that never goes back. */
  readonly nowMs: number;
  readonly monotonicMs: number;
}

/**
 * Who lives, from looks at the items: a gateway whose count of beats goes on changing. What its clock says counts at first
 * sight alone, so a wrong one delays its coming by a beat and does no more. While we could not look ourselves (no store, a
 * frozen process) nobody grows old: it may have been the same for all.
 */
export class Liveness {
  #heard: ReadonlyMap<number, Heard> = new Map();
  #lookedMs: number | undefined;

  /** Those of the look that live, by id. */
  living({ records, nowMs, monotonicMs }: Look): GatewayRecord[] {
    const elapsedMs = Math.min(monotonicMs - (this.#lookedMs ?? monotonicMs), 2 * BEAT_MS);
    this.#lookedMs = monotonicMs;
    const heard = new Map<number, Heard>();
    for (const record of records) {
      const { run, beats } = record;
      heard.set(record.id, { run, beats, silentMs: silence(record, this.#heard.get(record.id), elapsedMs, nowMs) });
    }
    this.#heard = heard;
    return records.filter(({ id }) => heard.get(id)!.silentMs < EXPIRY_MS);
  }
}

function silence(record: GatewayRecord, before: Heard | undefined, elapsedMs: number, nowMs: number): number {
  if (before) {
    const same = before.run === record.run && before.beats === record.beats;
    return same ? before.silentMs + elapsedMs : 0;
  }
  return Math.abs(nowMs - record.beatAtMs) < FIRST_SIGHT_MS ? 0 : EXPIRY_MS;
}
