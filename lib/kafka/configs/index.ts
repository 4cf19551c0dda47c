/**
 * Settings as Kafka's admin requests see them: of topics, which can be changed, and of brokers, which tell how Millrace
 * was started.
 */
export { describeBrokerConfigs } from './broker.ts';
export { CONFIG_SOURCE, type Described, RESOURCE, type Shown } from './model.ts';
export { describeTopicConfigs, LIST_SETTINGS } from './topic.ts';
