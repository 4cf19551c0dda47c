import type { Clock } from '../bytes/index.ts';
import { RouteError, type RouteErrorCode } from './errors.ts';

/** What a route's owner should learn of without asking for a status. */
export type NoticeCode = Extract<
  RouteErrorCode,
  'delivery_retried' | 'event_dropped' | 'event_dead_lettered' | 'task_failed'
>;

/** Told of what goes wrong with deliveries: `doing` says for which route. */
export type OnNotice = (error: RouteError, doing: string) => void;

/** One line per route and code in this time: an endpoint that is down fails each event. */
const QUIET_MS = 60_000;

interface Heard {
  readonly atMs: number;
  unsaid: number;
}

/** Passes on the first notice of each kind and route, then at most one a minute, which says how many came between. */
export class Notices {
  readonly #clock: Clock;
  readonly #onNotice: OnNotice;
  readonly #heard = new Map<string, Heard>();

  constructor({ clock, onNotice = () => {} }: { clock: Clock; onNotice?: OnNotice | undefined }) {
    this.#clock = clock;
    this.#onNotice = onNotice;
  }

  /** `message` must hold nothing of an event and no secret. */
  tell(route: string, code: NoticeCode, message: string): void {
    const id = `${code}/${route}`;
    const nowMs = this.#clock.monotonicMs();
    const heard = this.#heard.get(id);
    if (heard && nowMs - heard.atMs < QUIET_MS) {
      heard.unsaid++;
      return;
    }
    this.#heard.set(id, { atMs: nowMs, unsaid: 0 });
    const more = heard && heard.unsaid > 0 ? `; ${heard.unsaid} more since it was last told` : '';
    this.#onNotice(new RouteError(code, message + more), `delivery of route "${route}"`);
  }

  /** Forgets a route: the next of its name is told of anew. */
  forget(route: string): void {
    for (const id of this.#heard.keys()) if (id.slice(id.indexOf('/') + 1) === route) this.#heard.delete(id);
  }
}
