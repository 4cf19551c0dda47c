import { MillraceError } from '../bytes/index.ts';

/**
 * - `topic_unknown`, `topic_exists`, `topic_name_invalid`
 * - `topic_busy`: another change of the same topic won every time; try again.
 * - `partition_unknown`: the topic has no partition of that number.
 * - `partitions_invalid`: a number of partitions that cannot be.
 * - `config_unknown`, `config_invalid`: the message names the key, and what would be right.
 * - `message_too_large`: an event, or a batch, over the topic's max.message.bytes.
 * - `key_required`: an event without a key for a compacted topic.
 * - `timestamp_invalid`: a producer's time that the topic does not allow.
 * - `event_invalid`: a time, a header or a number that no record can hold.
 */
export type TopicErrorCode =
  | 'topic_unknown'
  | 'topic_exists'
  | 'topic_name_invalid'
  | 'topic_busy'
  | 'partition_unknown'
  | 'partitions_invalid'
  | 'config_unknown'
  | 'config_invalid'
  | 'message_too_large'
  | 'key_required'
  | 'timestamp_invalid'
  | 'event_invalid';

export class TopicError extends MillraceError<TopicErrorCode> {}
