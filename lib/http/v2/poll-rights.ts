import { type Subscription, topicPattern } from '../../group/index.ts';
import type { HttpContext, HttpPolicy } from '../context.ts';
import type { HttpServices } from '../services.ts';
import type { Wanted } from './instance-item.ts';

/** Topics as they were so long ago serve to resolve a pattern: each poll is a heartbeat, and must not list them all. */
const TOPICS_MS = 5_000;

/** What the one who polls may do; asked again with every round of a long poll. */
export interface PollRights {
  /** What the instance subscribes to in the eyes of who polls. */
  subscription(wanted: Wanted | undefined): Promise<Subscription | undefined>;
  /** @throws AuthError not_authorized: one of the topics may not be read */
  requireRead(topics: Iterable<string>): Promise<void>;
}

/** The names of all topics, read now and then. */
export class SubscribableTopics {
  readonly #services: HttpServices;
  #known: { readonly names: readonly string[]; readonly asOfMs: number } | undefined;

  constructor(services: HttpServices) {
    this.#services = services;
  }

  async names(): Promise<readonly string[]> {
    const { clock, topics } = this.#services;
    const nowMs = clock.monotonicMs();
    if (!this.#known || nowMs - this.#known.asOfMs >= TOPICS_MS) {
      this.#known = { names: await topics.names(), asOfMs: nowMs };
    }
    return this.#known.names;
  }
}

/**
 * Where rights are checked, a pattern means those of the topics that match it which its reader may see: as with Kafka's
 * consumers, whose metadata has no others. One that may be seen, but not read, is refused when it is polled.
 */
export function pollRights(c: HttpContext, { access }: HttpPolicy, all: SubscribableTopics): PollRights {
  return {
    subscription: async (wanted) => {
      if (wanted === undefined || wanted === 'assigned') return undefined;
      if (!access.enforced || 'topics' in wanted) return wanted;
      const matching = (await all.names()).filter(topicPattern(wanted.pattern));
      return { topics: [...(await access.visible(c, 'TOPIC', matching, (name) => name))] };
    },
    requireRead: (topics) => access.requireTopics(c, 'READ', topics),
  };
}
