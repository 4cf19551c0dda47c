import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What producers and consumers see under a quota of their client id, and beside those who have none. */
final class Quotas {
  /** Both sides measure over ten seconds: what is sent is a third more than may be in them. */
  private static final int RATE = 20_000;
  private static final int RECORDS = 54;
  private static final int RECORD_BYTES = 5_000;
  private final String bootstrap;
  private final Admin admin;
  private final String topic;

  private Quotas(String bootstrap, Admin admin, String topic) {
    this.bootstrap = bootstrap;
    this.admin = admin;
    this.topic = topic;
  }

  /** Two clients after one another, the second without a quota: what each was told to wait, and what came. */
  static Object look(String bootstrap, String prefix, Admin admin) throws Exception {
    return new Quotas(bootstrap, admin, prefix + "-quotas").look(prefix + "-slow", prefix + "-free");
  }

  private Object look(String slow, String free) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    ClientQuotaEntity entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, slow));
    limit(entity, (double) RATE);
    Observe.changed();
    Object set = admin.describeClientQuotas(ClientQuotaFilter.containsOnly(List.of(
        ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.CLIENT_ID, slow)))).entities().get().get(entity);
    Object throttled = Observe.list(produce(slow), consume(slow, RECORDS));
    Object left = Observe.list(produce(free), consume(free, 2 * RECORDS));
    limit(entity, null);
    return Observe.seen("set", set, "throttled", throttled, "free", left);
  }

  private void limit(ClientQuotaEntity entity, Double rate) throws Exception {
    List<ClientQuotaAlteration.Op> both = new ArrayList<>();
    for (String kind : List.of("producer_byte_rate", "consumer_byte_rate")) both.add(new ClientQuotaAlteration.Op(kind, rate));
    admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, both))).all().get();
  }

  private Map<String, Object> connection(String clientId) {
    Map<String, Object> config = new HashMap<>(Observe.connection(bootstrap));
    config.put("client.id", clientId);
    return config;
  }

  private Object produce(String clientId) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<String, String> sender = new KafkaProducer<>(connection(clientId), new StringSerializer(), new StringSerializer())) {
      for (int number = 0; number < RECORDS; number++) sent.add(sender.send(new ProducerRecord<>(topic, "x".repeat(RECORD_BYTES))));
      for (Future<RecordMetadata> one : sent) one.get();
      return waited(sender.metrics().values(), "produce-throttle-time-max");
    }
  }

  private Object consume(String clientId, int count) {
    Map<String, Object> config = connection(clientId);
    config.put("fetch.max.bytes", 50_000);
    try (KafkaConsumer<String, String> reader = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      TopicPartition part = new TopicPartition(topic, 0);
      reader.assign(List.of(part));
      reader.seekToBeginning(List.of(part));
      int[] got = {0};
      Observe.until("all of it", () -> got[0] >= count, () -> got[0] += reader.poll(Duration.ofMillis(200)).count());
      return Observe.list(got[0], waited(reader.metrics().values(), "fetch-throttle-time-max"));
    }
  }

  /** Whether it was told to wait: how long depends on the moment. */
  private static boolean waited(Collection<? extends Metric> metrics, String name) {
    return metrics.stream()
        .filter(metric -> metric.metricName().name().equals(name))
        .anyMatch(metric -> metric.metricValue() instanceof Double ms && ms > 0);
  }
}
