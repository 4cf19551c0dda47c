import type { GroupState } from '../../../lib/group/state.ts';
import { ClassicPlay } from '../../group/classic-states.ts';
import { Played, topics } from '../../group/states.ts';

/** States of groups of both kinds, settled and in between, for what is read from the store. */
function played(): GroupState[] {
  const known = topics({ orders: 5, payments: 2 });
  const play = new Played();
  play.join('a', { topics: known, subscription: { topics: ['orders', 'payments'] } });
  const one = play.state;
  play.join('b', {
    topics: known,
    subscription: { pattern: 'o.*' },
    instanceId: 'i',
    clientId: 'c',
    clientHost: '/::1',
  });
  const between = play.state;
  play.settle();
  return [one, between, play.state];
}

function playedClassic(): GroupState[] {
  const play = new ClassicPlay();
  const { memberId } = play.join();
  const joining = play.state;
  play.join('', { instanceId: 'i' });
  play.join(memberId);
  return [joining, play.state];
}

const [one, between, settled] = played();
const [joining, rejoined] = playedClassic();
export const GROUP_STATES: Readonly<Record<string, GroupState>> = {
  'consumer-one-member': one!,
  'consumer-between-assignments': between!,
  'consumer-two-members': settled!,
  'classic-joining': joining!,
  'classic-static-member': rejoined!,
};
