import { StoreError, type Stores } from '../../lib/store/index.ts';
import { intercepted } from '../support/intercepted.ts';

/** Stores that call `after` once each write has had its effect, one write after the other, and fail once `alive` says so. */
export function watched(
  inner: Stores,
  { after, alive }: { after?: () => Promise<void>; alive?: () => boolean },
): Stores {
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(async () => {
      if (alive && !alive()) throw new StoreError('store_unavailable', 'The process was killed.');
      const answer = await work();
      await after?.();
      return answer;
    });
    turn = done.catch(() => {});
    return done;
  };
  const { items, objects } = inner;
  return {
    objects,
    items: intercepted(items, {
      write: (write) => inTurn(() => items.write(write)),
      transact: (writes) => inTurn(() => items.transact(writes)),
    }),
    close: async () => {},
  };
}
