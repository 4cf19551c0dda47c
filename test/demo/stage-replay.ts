import { type Cast, PARTITIONS, settle } from './cast.ts';
import { countRows, type Facts } from './facts.ts';
import type { Producer } from './producer.ts';
import { grouped } from './screen.ts';
import { compareArchive } from './stage-compare.ts';

/** Replays begin at the time of the flight that stands here. */
const REPLAY_FROM = 0.75;
const HOUR_MS = 3_600_000;

/** Sets both routes back to a time: the webhook gets those flights once more, the archive has them already. */
export async function replay(cast: Cast): Promise<void> {
  const { screen, verdict, facts, installation, receiver, producer } = cast;
  const asked = facts.timesMs[Math.floor(facts.count * REPLAY_FROM)]!;
  // A round hour, unless the whole run is shorter than that.
  const fromMs = Math.max(facts.timesMs[0]!, Math.floor(asked / HOUR_MS) * HOUR_MS);
  const time = new Date(fromMs).toISOString();
  screen.stage(`Both routes once more, from ${time.slice(0, 16).replace('T', ' ')}`);
  const starts = replayStarts(facts, producer, fromMs);
  const again = (row: number) =>
    producer.acknowledged.placeOf(row).offset >= starts[producer.acknowledged.placeOf(row).partition]!;
  const expected = countRows(facts, (row) => facts.delayed[row] === 1 && again(row));
  const idsBefore = receiver.ids.size;
  receiver.begin();
  let begunElsewhere = 0;
  for (const route of ['archive', 'delayed']) {
    const offsets = await installation.replay(route, time);
    begunElsewhere += starts.filter((start, partition) => offsets.get(partition) !== start).length;
  }
  screen.fact('that is from offsets', starts.map(grouped).join(' and '));
  await settle(cast, ({ waiting }) => waiting === 0);
  screen.checks();
  verdict.expect('begun at other offsets', begunElsewhere, 0);
  const { seen } = receiver;
  verdict.expect('delivered by webhook again', seen.distinct, expected);
  verdict.expect('  ids not seen before', receiver.ids.size - idsBefore, 0);
  verdict.expect('  changed, or elsewhere', seen.changed + seen.misplaced(producer.acknowledged), 0);
  await compareArchive(cast);
}

/** Per partition, the first offset whose flight is not before the time: where a replay must begin. */
function replayStarts(facts: Facts, { acknowledged }: Producer, fromMs: number): number[] {
  const starts: number[] = Array.from({ length: PARTITIONS }, () => Number.POSITIVE_INFINITY);
  for (let row = 0; row < facts.count; row++) {
    if (facts.timesMs[row]! < fromMs) continue;
    const { partition, offset } = acknowledged.placeOf(row);
    starts[partition] = Math.min(starts[partition]!, offset);
  }
  return starts;
}
