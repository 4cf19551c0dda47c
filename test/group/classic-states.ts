import type { ClassicJoin, JoinTicket } from '../../lib/group/classic.ts';
import { joinAnswer, joinClassic } from '../../lib/group/classic.ts';
import {
  type ClassicSync,
  heartbeatClassic,
  type Leaver,
  leaveAll,
  syncAnswer,
  syncClassic,
} from '../../lib/group/classic-members.ts';
import { nextDeadlineMs } from '../../lib/group/classic-rebalance.ts';
import { GroupError } from '../../lib/group/errors.ts';
import { type Outcome, sweep } from '../../lib/group/membership.ts';
import { EMPTY_GROUP, type GroupState } from '../../lib/group/state.ts';

/** What a consumer tells: any bytes, as far as the group is concerned. */
export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

export const RANGE = { name: 'range', metadata: bytes('topics: orders') };
export const STICKY = { name: 'sticky', metadata: bytes('topics: orders, sticky') };

/** A classic group that is played by hand, one request at a time. */
export class ClassicPlay {
  state: GroupState = EMPTY_GROUP;
  nowMs = 1_000_000;
  readonly #defaults: Partial<ClassicJoin>;
  #names = 0;

  /** With these wishes in every request to join. */
  constructor(defaults: Partial<ClassicJoin> = {}) {
    this.#defaults = defaults;
  }

  /** The ticket that a request to join is given, the id already asked for. */
  join(memberId = '', wishes: Partial<ClassicJoin> = {}): JoinTicket {
    return this.#take(joinClassic(this.state, this.request(memberId, wishes), this.nowMs));
  }

  request(memberId: string, wishes: Partial<ClassicJoin> = {}): ClassicJoin {
    return {
      memberId,
      newId: `m${++this.#names}`,
      idFirst: false,
      clientId: 'client',
      clientHost: '/127.0.0.1',
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      protocolType: 'consumer',
      protocols: [RANGE],
      initialDelayMs: 0,
      ...this.#defaults,
      ...wishes,
    };
  }

  /** The answer that the ticket is worth now; undefined while it waits. */
  joined(ticket: JoinTicket) {
    this.sweep();
    const answer = joinAnswer(this.state, ticket);
    if (answer instanceof GroupError) throw answer;
    return answer;
  }

  sync(
    memberId: string,
    generation: number,
    assignments: Record<string, string> = {},
    wishes: Partial<ClassicSync> = {},
  ) {
    const given = new Map(Object.entries(assignments).map(([id, text]) => [id, bytes(text)]));
    const request = { memberId, generation, assignments: given, ...wishes };
    this.#take(syncClassic(this.state, request, this.nowMs));
    return this.synced(memberId, generation);
  }

  /** What it is assigned; undefined while the leader is waited for. */
  synced(memberId: string, generation: number): string | undefined {
    this.sweep();
    const answer = syncAnswer(this.state, { memberId, generation });
    if (answer instanceof GroupError) throw answer;
    return answer && Buffer.from(answer.assignment).toString();
  }

  beat(memberId: string, generation: number, instanceId?: string): void {
    this.#take(heartbeatClassic(this.state, { memberId, generation, instanceId }, this.nowMs));
  }

  leave(...leavers: Leaver[]) {
    return this.#take(leaveAll(this.state, leavers, this.nowMs)).map((error) => error?.code);
  }

  sweep(): void {
    this.state = sweep(this.state, this.nowMs);
  }

  /** Moves on to the next moment at which something happens by itself, and sees it happen. */
  toNextDeadline(): void {
    this.nowMs = nextDeadlineMs(this.state);
    this.sweep();
  }

  /** A group of `count` members that is stable; returns their ids, the leader's first. */
  settled(count: number, wishes: Partial<ClassicJoin> = {}): string[] {
    const ids: string[] = [];
    while (ids.length < count) {
      ids.push(this.join('', wishes).memberId);
      for (const id of ids.slice(0, -1)) this.join(id, wishes);
    }
    const assignments = Object.fromEntries(ids.map((id) => [id, `of ${id}`]));
    for (const id of ids) this.sync(id, this.generation, assignments);
    return ids;
  }

  get generation(): number {
    return this.state.classic!.generation;
  }

  get phase(): string {
    return this.state.classic!.phase;
  }

  #take<Answer>({ state, answer }: Outcome<Answer>): Answer {
    this.state = state;
    if (answer instanceof GroupError) throw answer;
    return answer;
  }
}

/** The code that a call is refused with. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof GroupError) return error.code;
    throw error;
  }
  throw new Error('The call was taken.');
}
