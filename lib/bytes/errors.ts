/**
 * The root of every error that Millrace raises on purpose. Each domain has one subclass with its own stable codes;
 * `lib/http` and `cli` map codes to a status or an exit code once, and nobody matches on messages.
 *
 * @example
 * class TopicError extends MillraceError<'topic_unknown' | 'topic_exists'> {}
 * throw new TopicError('topic_unknown', `Topic "orders" does not exist. Create it first, or check its name.`);
 */
export class MillraceError<Code extends string = string> extends Error {
  /** Stable and machine readable, in snake case, unique over all domains. */
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Raised where a caller's AbortSignal ended the work; nothing was wrong with the work itself. */
export class AbortedError extends MillraceError<'aborted'> {
  constructor() {
    super('aborted', 'The operation was ended by its caller.');
  }
}
