/**
 * Topics by name: made, described, changed and deleted, with Kafka's settings; and events in and out of them.
 * Protocols, groups and routes stand on this.
 */
export { type ConfigEntry, parseConfig as parseTopicConfig, TOPIC_SETTINGS, type TopicSettings } from './config.ts';
export { TopicError, type TopicErrorCode } from './errors.ts';
export {
  type AppendedBatches,
  type EventIn,
  Events,
  type Placed,
  type ProduceOptions,
  type TopicEvents,
  type TopicFetched,
  type TopicRead,
} from './events.ts';
export { INERT_SETTINGS, type InertSetting } from './inert.ts';
export { parseTopic, TOPICS_PK, type TopicRecord, topicItem, topicKey } from './topic-item.ts';
export { type ConfigChange, PARTITIONS_MAX, type TopicInfo, Topics } from './topics.ts';
