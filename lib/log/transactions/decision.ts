import type { Item, ItemKey, MetaStore, Value } from '../../store/index.ts';
import type { OpenTransactions, Outcome, Outcomes } from './open.ts';

/*
 * A transaction that is too wide for one write ends in three steps: every head (and every other item that it touches) is
 * told where the decision will stand, and takes no more of it; then it is decided, in one item, which is the moment in
 * which all of it becomes visible, or void; then the markers are written. Who meets such a head asks that item.
 */

/** Where a decision is to be found: an item, and what tells this decision from an earlier or a later one in it. */
export interface DecisionRef {
  readonly key: ItemKey;
  readonly token: number;
}

/** The attribute of the item that has it: a map of `t` the token, and `o` the outcome. */
const DECISION = 'd';
const SEPARATOR = '\n';

export function encodeDecisionRef({ key, token }: DecisionRef): string {
  return [token, key.pk, key.sk].join(SEPARATOR);
}

export function parseDecisionRef(text: string): DecisionRef {
  const [token, pk, ...sk] = text.split(SEPARATOR);
  return { token: Number(token), key: { pk: pk!, sk: sk.join(SEPARATOR) } };
}

/** The attribute of a decision that was made. */
export function decisionItem(token: number, outcome: Outcome): Item {
  return { [DECISION]: { t: token, o: outcome } };
}

/** The outcome that an item has for a decision, if that was made. */
export function decidedIn(item: Item | undefined, { token }: DecisionRef): Outcome | undefined {
  const decision = item?.[DECISION] as { readonly [name: string]: Value } | undefined;
  return decision?.t === token ? (decision.o as Outcome) : undefined;
}

const NONE: Outcomes = new Map();

/** What was decided of the transactions that end in several writes. Costs a read of an item for each of them. */
export async function readOutcomes(items: MetaStore, { decidedBy }: OpenTransactions): Promise<Outcomes> {
  if (decidedBy.size === 0) return NONE;
  const refs = [...decidedBy].map(([name, text]) => ({ name, ref: parseDecisionRef(text) }));
  const found = await items.getMany(refs.map(({ ref }) => ref.key));
  return new Map(
    refs.flatMap(({ name, ref }, i): [string, Outcome][] => {
      const outcome = decidedIn(found[i], ref);
      return outcome ? [[name, outcome]] : [];
    }),
  );
}
