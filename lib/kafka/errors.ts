import { MillraceError } from '../bytes/index.ts';
import type { KafkaErrorName } from './error-codes.ts';

/**
 * - `kafka_truncated`: a message ends before what it announces.
 * - `kafka_malformed`: bytes that the protocol does not allow where they stand.
 * - `kafka_too_many`: more elements announced than the bytes left can hold, or than one message may have.
 * - `kafka_version`: an API or a version of it that this codec does not have.
 * - `kafka_unauthenticated`: something else was asked before the client authenticated, or after its session ended.
 * - `kafka_unwritable`: an answer that its version has no place for; a fault of ours.
 */
export type KafkaProtocolErrorCode =
  | 'kafka_truncated'
  | 'kafka_malformed'
  | 'kafka_too_many'
  | 'kafka_version'
  | 'kafka_unauthenticated'
  | 'kafka_unwritable';

/** What is wrong with a message of the Kafka protocol. Its connection cannot go on: where it ends is not known. */
export class KafkaProtocolError extends MillraceError<KafkaProtocolErrorCode> {}

/**
 * What a request is refused with where Kafka has a name for it and no lower floor does.
 *
 * @example
 * throw new KafkaError('INVALID_REQUIRED_ACKS', 'acks is 7; 0, 1 and -1 (all) are right.');
 */
export class KafkaError extends MillraceError<'kafka_refused'> {
  readonly kafka: KafkaErrorName;

  constructor(kafka: KafkaErrorName, message: string, options?: ErrorOptions) {
    super('kafka_refused', message, options);
    this.kafka = kafka;
  }
}
