import { topicPattern } from '../../group/index.ts';
import { KAFKA_ERRORS } from '../error-codes.ts';
import { coordinatorError } from '../groups/index.ts';
import type { Handler } from '../handler.ts';
import { STATE_NAMES, transactionalIdNamed, transactionStateName } from '../transactions/index.ts';

/*
 * ListTransactions, versions 0 to 2: the transactional ids that this broker coordinates; clients ask all brokers. Those that
 * may not be described are left out.
 * - Filters: by state, by producer id, from v1 on by how long a transaction has been open, from v2 on by a pattern of ids.
 */
export const listTransactions: Handler<'ListTransactions'> = {
  api: 'ListTransactions',
  handle: async (request, { parts, session, allow }) => {
    const { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern } = request;
    const view = await parts.cluster.view(session);
    const matches = transactionalIdPattern ? topicPattern(transactionalIdPattern) : () => true;
    const sinceMs = parts.clock.nowMs() - durationFilter;
    const found = (await parts.transactions.list()).filter(({ id, state }) => {
      if (view.coordinatorOf(id).id !== view.self.id || !matches(id)) return false;
      if (stateFilters.length > 0 && !stateFilters.includes(transactionStateName(state))) return false;
      if (producerIdFilters.length > 0 && !producerIdFilters.includes(state.producerId)) return false;
      return durationFilter < 0 || (state.begunMs > 0 && state.begunMs <= sinceMs);
    });
    const allowed = await Promise.all(found.map(({ id }) => allow('DESCRIBE', transactionalIdNamed(id))));
    return {
      throttleTimeMs: 0,
      errorCode: KAFKA_ERRORS.NONE,
      unknownStateFilters: stateFilters.filter((name) => !STATE_NAMES.has(name)),
      transactionStates: found
        .filter((_, i) => allowed[i])
        .map(({ id, state }) => {
          const { producerId } = state;
          return { transactionalId: id, producerId, transactionState: transactionStateName(state) };
        }),
    };
  },
  failed: (_, { errorCode }) => {
    return {
      throttleTimeMs: 0,
      errorCode: coordinatorError(errorCode),
      unknownStateFilters: [],
      transactionStates: [],
    };
  },
};
