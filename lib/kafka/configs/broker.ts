import type { Broker } from '../cluster/index.ts';
import type { GatewayParts } from '../gateway.ts';
import { CONFIG_SOURCE, CONFIG_TYPE, type ConfigType, type Described, type Shown } from './model.ts';

/** What tools look at of a broker: by these they tell what it can do. All follow from how Millrace was started. */
function settingsOf(parts: GatewayParts, broker: Broker): [name: string, type: ConfigType, value: string | null][] {
  return [
    ['advertised.listeners', CONFIG_TYPE.LIST, `PLAINTEXT://${broker.host}:${broker.port}`],
    ['auto.create.topics.enable', CONFIG_TYPE.BOOLEAN, String(parts.autoCreateTopics)],
    ['broker.id', CONFIG_TYPE.INT, String(broker.id)],
    ['broker.rack', CONFIG_TYPE.STRING, broker.rack],
    ['compression.type', CONFIG_TYPE.STRING, 'producer'],
    ['default.replication.factor', CONFIG_TYPE.INT, '1'],
    ['delete.topic.enable', CONFIG_TYPE.BOOLEAN, 'true'],
    ['message.max.bytes', CONFIG_TYPE.INT, '1048588'],
    ['min.insync.replicas', CONFIG_TYPE.INT, '1'],
    ['node.id', CONFIG_TYPE.INT, String(broker.id)],
    ['num.partitions', CONFIG_TYPE.INT, String(parts.numPartitions)],
  ];
}

/** The settings of a broker: to be read, not to be changed. */
export function describeBrokerConfigs(
  parts: GatewayParts,
  broker: Broker,
  shown: Shown,
  names?: ReadonlySet<string>,
): Described[] {
  const source = CONFIG_SOURCE.STATIC_BROKER;
  return settingsOf(parts, broker)
    .filter(([name]) => !names || names.has(name))
    .map(([name, configType, value]) => ({
      name,
      value,
      readOnly: true,
      configSource: source,
      isSensitive: false,
      synonyms: shown.synonyms ? [{ name, value, source }] : [],
      configType,
      documentation: null,
    }));
}
