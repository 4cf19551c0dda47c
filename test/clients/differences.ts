/**
 * Where a client sees something else on Millrace than on Kafka 4.3.1. All that is not listed here is the same, or a test
 * fails; so does one where a listed difference is gone. docs/kafka.md shows the list.
 */
export interface Difference {
  /** The programs that see it. */
  readonly clients: 'all' | readonly string[];
  /** The step of the program, and the places in what it saw. */
  readonly step: string;
  readonly at: readonly string[];
  /** What a user is told. */
  readonly why: string;
  /** Seen on a fleet of gateways alone. */
  readonly ofGateways?: true;
}

const REPLICATION =
  'A replication factor may be any number: the store replicates, and each partition shows one replica.';
const COLLISIONS =
  "Topics whose names differ only in '.' and '_' may stand side by side: no metric's name mixes them up.";
const IN_SYNC = 'min.insync.replicas has no cluster-wide setting (KIP-966): there is nothing to be out of sync.';
const LEVELS = 'Levels of compression are not settings of a topic: batches are kept as producers compressed them.';
const TIERS = 'Settings of tiered storage are not there: all storage is the object store.';
const OWN = 'millrace.partitions.per.ledger is a setting of ours.';
const HOURS = 'Of the brokers, retention is shown in milliseconds alone.';
const REASONS = 'Error messages say more; their codes are the same.';
const SYNONYMS = "A setting's default is always listed under its synonyms; Kafka leaves it out for retention.ms.";
const BROKERS = 'Two gateways are two brokers, where the reference is one.';

export const DIFFERENCES: readonly Difference[] = [
  { clients: ['java-admin'], step: 'create topics', at: ['saw.too many replicas'], why: REPLICATION },
  { clients: ['confluent-kafka'], step: 'admin of topics', at: ['saw.errors.4'], why: REPLICATION },
  { clients: ['java-admin'], step: 'create topics', at: ['saw.colliding name too'], why: COLLISIONS },
  {
    clients: ['java-admin'],
    step: 'all configs of a topic',
    at: ['saw.min.insync.replicas.1'],
    why: IN_SYNC,
  },
  {
    clients: ['confluent-kafka'],
    step: 'admin of configs',
    at: ['before', 'after', 'at last'].map((time) => `saw.${time}.min.insync.replicas`),
    why: IN_SYNC,
  },
  {
    clients: ['java-admin'],
    step: 'all configs of a topic',
    at: ['gzip', 'lz4', 'zstd'].map((codec) => `saw.compression.${codec}.level`),
    why: LEVELS,
  },
  {
    clients: ['java-admin'],
    step: 'all configs of a topic',
    at: ['saw.remote.log.copy.disable', 'saw.remote.log.delete.on.disable'],
    why: TIERS,
  },
  {
    clients: ['java-admin'],
    step: 'all configs of a topic',
    at: ['saw.millrace.partitions.per.ledger'],
    why: OWN,
  },
  { clients: ['java-admin'], step: 'configs of the broker', at: ['saw.log.retention.hours'], why: HOURS },
  { clients: ['java-tools'], step: 'kafka-consumer-groups', at: ['saw.unknown'], why: REASONS },
  { clients: ['java-tools'], step: 'kafka-topics', at: ['saw.describe.0'], why: IN_SYNC },
  { clients: ['java-tools'], step: 'kafka-configs', at: ['saw.describe.3'], why: SYNONYMS },
  ...[
    { clients: ['confluent-kafka'], step: 'cluster', at: ['saw.nodes'] },
    { clients: ['java-admin'], step: 'cluster', at: ['saw.nodes'] },
    { clients: ['kcat'], step: 'metadata', at: ['saw.brokers'] },
    { clients: ['franz-go'], step: 'cluster', at: ['saw.brokers'] },
    { clients: ['sarama'], step: 'admin of topics and configs', at: ['saw.brokers'] },
    { clients: ['kafkajs'], step: 'admin of topics and configs', at: ['saw.cluster.0'] },
    { clients: ['platformatic'], step: 'admin of topics and configs', at: ['saw.metadata.0'] },
  ].map((seen) => ({ ...seen, why: BROKERS, ofGateways: true as const })),
];
