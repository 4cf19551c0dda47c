import {
  type Action,
  type History,
  NEVER,
  type Operation,
  type PartitionName,
  type Poll,
  type Seen,
  type Send,
} from '../history.ts';

export type Of<K extends Action['kind']> = Operation<Extract<Action, { kind: K }>>;

export function all<K extends Action['kind']>(history: History, kind: K): Of<K>[] {
  return history.operations.filter((one): one is Of<K> => one.kind === kind);
}

export function pick<T>(items: readonly T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)];
}

export function replaced(history: History, changed: readonly Operation[]): History {
  const byId = new Map(changed.map((one) => [one.id, one]));
  return { ...history, operations: history.operations.map((one) => byId.get(one.id) ?? one) };
}

/** Something that happens after all the rest. */
export function appended(history: History, process: string, action: Action, outcome: 'ok' | 'fail' = 'ok'): History {
  const moments = history.operations.flatMap(({ invoked, ended }) => (ended === NEVER ? [invoked] : [invoked, ended]));
  const moment = Math.max(...moments) + 1;
  const operation = {
    ...action,
    id: history.operations.length,
    process,
    invoked: moment,
    ended: moment + 1,
    outcome,
    atMs: 0,
  };
  return { ...history, operations: [...history.operations, operation] };
}

/** Every look with its records changed. */
export function looking(
  history: History,
  change: (records: readonly Seen[], partition: PartitionName) => readonly Seen[],
): History {
  const changed = history.operations.map((one): Operation => {
    if (one.kind === 'read') return { ...one, records: change(one.records, one.partition) };
    if (one.kind !== 'poll') return one;
    const entries = Object.entries(one.records).map(([partition, records]) => [partition, change(records, partition)]);
    return { ...one, records: Object.fromEntries(entries) as Poll['records'] };
  });
  return { ...history, operations: changed };
}

/** What the last read-committed read of each partition shows. */
export function finalReads(history: History): Of<'read'>[] {
  return all(history, 'read').filter(({ process, isolation }) => process === 'final' && isolation === 'committed');
}

/** Polls of one consumer with records of a partition, which continue each other. */
export function neighbours(history: History): { before: Of<'poll'>; after: Of<'poll'>; partition: PartitionName }[] {
  const found: { before: Of<'poll'>; after: Of<'poll'>; partition: PartitionName }[] = [];
  const last = new Map<string, Of<'poll'>>();
  for (const one of history.operations) {
    if (one.kind === 'assign' || one.kind === 'revoke') {
      for (const name of last.keys()) if (name.startsWith(`${one.process} `)) last.delete(name);
    }
    if (one.kind !== 'poll') continue;
    for (const [partition, records] of Object.entries(one.records)) {
      if (records.length === 0) continue;
      const before = last.get(`${one.process} ${partition}`);
      if (before) found.push({ before, after: one, partition });
      last.set(`${one.process} ${partition}`, one);
    }
  }
  return found;
}

export function withRecords(poll: Of<'poll'>, partition: PartitionName, records: readonly Seen[]): Of<'poll'> {
  return { ...poll, records: { ...poll.records, [partition]: records } };
}

export function acknowledged(
  history: History,
): { send: Of<'send'>; value: string; offset: number; partition: string }[] {
  const shown = new Set(finalReads(history).flatMap(({ records }) => records.map(([, value]) => value)));
  return all(history, 'send').flatMap((send) =>
    send.records.flatMap(({ value, offset, partition }) =>
      send.outcome === 'ok' && offset !== undefined && partition !== undefined && shown.has(value)
        ? [{ send, value, offset, partition }]
        : [],
    ),
  );
}

/** Two values change places, wherever they were acknowledged or seen. */
export function swapped(history: History, a: string, b: string): History {
  const other = (value: string) => (value === a ? b : value === b ? a : value);
  const offsets = new Map(
    history.operations.flatMap((one) => (one.kind === 'send' ? one.records : [])).map((one) => [one.value, one.offset]),
  );
  const seen = looking(history, (records) => records.map(([offset, value]) => [offset, other(value)]));
  const sends = all(seen, 'send').map(
    (send): Operation<Send> => ({
      ...send,
      records: send.records.map((one) => ({ ...one, offset: offsets.get(other(one.value)) })),
    }),
  );
  return replaced(seen, sends);
}
