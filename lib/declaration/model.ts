import type { AclBinding } from '../auth/index.ts';
import type { ConfigTexts } from '../route/index.ts';

/** A topic as a template declares it. */
export interface DeclaredTopic {
  /** At least so many; undefined: any number will do. */
  readonly partitions?: number | undefined;
  /** Kafka's names and texts. What is not in it is not the template's business. */
  readonly settings: ConfigTexts;
}

/** A route as a template declares it. */
export interface DeclaredRoute {
  /** Kafka Connect's names and texts. */
  readonly config: ConfigTexts;
  /** The function that delivers it; undefined where all routes share one. */
  readonly worker?: string | undefined;
}

/** Something that is declared, and which of two declarations of it is the later: the larger revision (ms since 1970). */
export interface Revised<T> {
  readonly thing: T;
  readonly revision: number;
}

/** All that a template declares, by name. */
export interface Declaration {
  readonly topics: ReadonlyMap<string, Revised<DeclaredTopic>>;
  readonly routes: ReadonlyMap<string, Revised<DeclaredRoute>>;
  /** By `bindingName`. */
  readonly acls: ReadonlyMap<string, Revised<AclBinding>>;
  /** What is declared in a way that nobody understands. Topics and routes of these names stay as they are, and all rights. */
  readonly problems: readonly Settled[];
  /** When it began to be read (ms since 1970): what was declared after that may be missing in it. */
  readonly readMs: number;
  /**
   * Whether the template itself said which names it declares, as at a deployment: then what is not in it is certainly gone.
   * Otherwise somebody looked at what lies there, perhaps in the middle of a deployment.
   */
  readonly listed: boolean;
}

export type ThingKind = 'topic' | 'route' | 'acl';

/** What became of one declared thing. */
export interface Settled {
  readonly kind: ThingKind;
  readonly name: string;
  readonly is: 'created' | 'changed' | 'kept' | 'deleted' | 'refused';
  /** A sentence for whoever deploys. Never a secret. */
  readonly why: string;
}

export interface ReconcileReport {
  readonly settled: readonly Settled[];
  /** True where nothing was looked at, as the template that declared is gone, or nothing is declared. */
  readonly idle: boolean;
}
