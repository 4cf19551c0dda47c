import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What users of transactions do with Kafka's own clients, once over. Usage: Transactions BOOTSTRAP PREFIX */
final class Transactions {
  private static final int TIMEOUT_MS = 20_000;
  private final String bootstrap;
  private final String prefix;
  private final Admin admin;

  private Transactions(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.admin = Admin.create(Observe.connection(bootstrap));
  }

  public static void main(String[] args) throws Exception {
    Transactions all = new Transactions(args[0], args[1]);
    Observe.step("commit and abort", all::commitAndAbort);
    Observe.step("an open transaction holds back what comes after it", all::open);
    Observe.step("an instance with the same id ends another's transaction", all::fencing);
    Observe.step("offsets that move with a transaction", all::offsets);
    Observe.step("offsets that are pending", all::pendingOffsets);
    Observe.step("offsets of a member that is gone", all::fencedMember);
    Observe.step("consume, transform, produce", all::transform);
    Observe.step("many partitions", all::manyPartitions);
    Observe.step("a transaction that takes too long", all::timeOut);
    Observe.step("misuse", all::misuse);
    all.admin.close(Duration.ofSeconds(5));
  }

  private String create(String name, int partitions) throws Exception {
    String topic = prefix + "-" + name;
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    Observe.settle();
    return topic;
  }

  private KafkaProducer<String, String> producer(String id, Object... more) {
    Map<String, Object> config = Observe.connection(bootstrap);
    config.putAll(Map.of("transactional.id", prefix + "-" + id, "transaction.timeout.ms", TIMEOUT_MS));
    config.putAll(Map.of("delivery.timeout.ms", 20_000, "request.timeout.ms", 10_000, "max.block.ms", 20_000));
    config.putAll(Observe.seen(more));
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String group, String level) {
    Map<String, Object> config = Observe.connection(bootstrap);
    config.putAll(Map.of("group.id", prefix + "-" + group, "isolation.level", level, "auto.offset.reset", "earliest"));
    config.putAll(Map.of("enable.auto.commit", false, "fetch.max.wait.ms", 200, "heartbeat.interval.ms", 300));
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private static void send(KafkaProducer<String, String> by, String topic, int partition, String... values) {
    for (String value : values) by.send(new ProducerRecord<>(topic, partition, null, value));
  }

  /** Values with their offsets, of one partition: all up to the end that this level sees. */
  private List<String> read(String level, String topic, int partition) {
    TopicPartition part = new TopicPartition(topic, partition);
    List<String> got = new ArrayList<>();
    try (KafkaConsumer<String, String> reader = consumer("reader", level)) {
      reader.assign(List.of(part));
      reader.seekToBeginning(List.of(part));
      long end = reader.endOffsets(Set.of(part)).get(part);
      Observe.until("the end", () -> reader.position(part) >= end, () -> {
        for (ConsumerRecord<String, String> one : reader.poll(Duration.ofMillis(200))) got.add(one.offset() + " " + one.value());
      });
      got.add("end " + end);
    }
    return got;
  }

  /** Kafka answers the end of a transaction before its markers are written. */
  private void ended(String topic, int partition) {
    Observe.until("the markers", () -> {
      try {
        return end(topic, partition, IsolationLevel.READ_COMMITTED) == end(topic, partition, IsolationLevel.READ_UNCOMMITTED);
      } catch (Exception thrown) {
        throw new IllegalStateException(thrown);
      }
    }, () -> Observe.pause(50));
  }

  private Object after(String topic, int partition) {
    ended(topic, partition);
    return both(topic, partition);
  }

  private Object both(String topic, int partition) {
    return Observe.seen("committed", read("read_committed", topic, partition), "all", read("read_uncommitted", topic, partition));
  }

  private Object commitAndAbort() throws Exception {
    String topic = create("both", 2);
    try (KafkaProducer<String, String> by = producer("both")) {
      by.initTransactions();
      by.beginTransaction();
      send(by, topic, 0, "a1", "a2");
      send(by, topic, 1, "a3");
      by.commitTransaction();
      by.beginTransaction();
      send(by, topic, 0, "lost 1", "lost 2");
      by.flush();
      by.abortTransaction();
      by.beginTransaction();
      by.commitTransaction();
      by.beginTransaction();
      send(by, topic, 0, "b1");
      by.commitTransaction();
    }
    return Observe.list(after(topic, 0), after(topic, 1));
  }

  private Object open() throws Exception {
    String topic = create("open", 1);
    Map<String, Object> plain = new HashMap<>(Observe.connection(bootstrap));
    Map<String, Object> seen = new TreeMap<>();
    try (KafkaProducer<String, String> by = producer("open");
        KafkaProducer<String, String> other = new KafkaProducer<>(plain, new StringSerializer(), new StringSerializer())) {
      by.initTransactions();
      send(other, topic, 0, "before");
      other.flush();
      by.beginTransaction();
      send(by, topic, 0, "within");
      by.flush();
      send(other, topic, 0, "after");
      other.flush();
      seen.put("1 while it is open", both(topic, 0));
      seen.put("2 ends", Observe.list(end(topic, 0, IsolationLevel.READ_COMMITTED), end(topic, 0, IsolationLevel.READ_UNCOMMITTED)));
      by.commitTransaction();
    }
    seen.put("3 after it", after(topic, 0));
    return seen;
  }

  private long end(String topic, int partition, IsolationLevel level) throws Exception {
    TopicPartition part = new TopicPartition(topic, partition);
    return admin.listOffsets(Map.of(part, OffsetSpec.latest()), new ListOffsetsOptions(level)).partitionResult(part).get().offset();
  }

  private Object fencing() throws Exception {
    String topic = create("fenced", 1);
    try (KafkaProducer<String, String> zombie = producer("fenced"); KafkaProducer<String, String> next = producer("fenced")) {
      zombie.initTransactions();
      zombie.beginTransaction();
      send(zombie, topic, 0, "of the zombie");
      zombie.flush();
      next.initTransactions();
      Object late = Observe.outcome(() -> zombie.send(new ProducerRecord<>(topic, 0, null, "late")).get().offset());
      Object commit = Observe.outcome(() -> {
        zombie.commitTransaction();
        return null;
      });
      next.beginTransaction();
      send(next, topic, 0, "of the next");
      next.commitTransaction();
      return Observe.seen("late", late, "commit", commit, "read", after(topic, 0));
    }
  }

  private Object offsets() throws Exception {
    String topic = create("offsets", 1);
    TopicPartition part = new TopicPartition(topic, 0);
    try (KafkaProducer<String, String> by = producer("offsets"); KafkaConsumer<String, String> reader = consumer("moved", "read_committed")) {
      by.initTransactions();
      by.beginTransaction();
      send(by, topic, 0, Observe.numbers(10).toArray(String[]::new));
      by.commitTransaction();
      reader.subscribe(List.of(topic));
      Observe.until("ten", () -> !reader.assignment().isEmpty() && reader.position(part) >= 10, () -> reader.poll(Duration.ofMillis(100)));
      List<Object> committed = new ArrayList<>();
      for (int at : new int[] {4, 7}) {
        by.beginTransaction();
        by.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(at, "at " + at)), reader.groupMetadata());
        if (at == 4) by.abortTransaction();
        else by.commitTransaction();
        OffsetAndMetadata now = reader.committed(Set.of(part)).get(part);
        committed.add(now == null ? null : now.offset() + " " + now.metadata());
      }
      return committed;
    }
  }

  /** Who wants stable offsets waits for the transaction's end. */
  private Object pendingOffsets() throws Exception {
    TopicPartition part = new TopicPartition(prefix + "-offsets", 0);
    try (KafkaProducer<String, String> by = producer("pending"); KafkaConsumer<String, String> reader = consumer("moved", "read_committed")) {
      by.initTransactions();
      by.beginTransaction();
      by.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(9)), new org.apache.kafka.clients.consumer.ConsumerGroupMetadata(prefix + "-moved"));
      Object during = Observe.outcome(() -> reader.committed(Set.of(part), Duration.ofSeconds(2)).get(part).offset());
      long listed = admin.listConsumerGroupOffsets(prefix + "-moved").partitionsToOffsetAndMetadata().get().get(part).offset();
      by.commitTransaction();
      return Observe.list(during, listed, reader.committed(Set.of(part)).get(part).offset());
    }
  }

  private Object fencedMember() throws Exception {
    TopicPartition part = new TopicPartition(prefix + "-offsets", 0);
    try (KafkaProducer<String, String> by = producer("member")) {
      by.initTransactions();
      by.beginTransaction();
      var gone = new org.apache.kafka.clients.consumer.ConsumerGroupMetadata(prefix + "-moved", 3, "nobody", java.util.Optional.empty());
      Object moved = Observe.outcome(() -> {
        by.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(1)), gone);
        return null;
      });
      by.abortTransaction();
      return moved;
    }
  }

  /** Every other batch is thrown away and done again: each input comes out once. */
  private Object transform() throws Exception {
    String input = create("input", 2);
    String output = create("output", 2);
    try (KafkaProducer<String, String> by = producer("fill")) {
      by.initTransactions();
      by.beginTransaction();
      for (int at = 0; at < 100; at++) send(by, input, at % 2, "v" + at);
      by.commitTransaction();
    }
    Set<TopicPartition> parts = Set.of(new TopicPartition(input, 0), new TopicPartition(input, 1));
    int done = 0;
    int tries = 0;
    try (KafkaProducer<String, String> by = producer("transform"); KafkaConsumer<String, String> reader = consumer("transform", "read_committed")) {
      reader.subscribe(List.of(input));
      by.initTransactions();
      long end = System.currentTimeMillis() + Observe.WAIT_MS;
      while (done < 100 && System.currentTimeMillis() < end) {
        List<ConsumerRecord<String, String>> batch = new ArrayList<>();
        reader.poll(Duration.ofMillis(200)).forEach(batch::add);
        if (batch.isEmpty()) continue;
        by.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (ConsumerRecord<String, String> one : batch) {
          send(by, output, one.partition(), one.value().toUpperCase());
          next.put(new TopicPartition(input, one.partition()), new OffsetAndMetadata(one.offset() + 1));
        }
        by.sendOffsetsToTransaction(next, reader.groupMetadata());
        if (tries++ % 2 == 0) {
          by.abortTransaction();
          reader.committed(parts).forEach((part, at) -> reader.seek(part, at == null ? 0 : at.offset()));
        } else {
          by.commitTransaction();
          done += batch.size();
        }
      }
    }
    List<String> out = new ArrayList<>();
    for (int part : new int[] {0, 1}) {
      ended(output, part);
      for (String line : read("read_committed", output, part)) if (line.contains("V")) out.add(line.split(" ")[1]);
    }
    return Observe.seen("done", done, "once", out.size() == 100 && Set.copyOf(out).size() == 100, "first", out.subList(0, 3));
  }

  /** More than one store transaction can hold. */
  private Object manyPartitions() throws Exception {
    String topic = create("many", 150);
    List<Object> seen = new ArrayList<>();
    try (KafkaProducer<String, String> by = producer("many")) {
      by.initTransactions();
      for (String text : List.of("kept", "lost")) {
        by.beginTransaction();
        for (int part = 0; part < 150; part++) send(by, topic, part, text);
        by.flush();
        if (text.equals("kept")) by.commitTransaction();
        else by.abortTransaction();
      }
    }
    for (int part : new int[] {0, 75, 149}) {
      ended(topic, part);
      seen.add(read("read_committed", topic, part));
    }
    return seen;
  }

  private Object timeOut() throws Exception {
    String topic = create("late", 1);
    try (KafkaProducer<String, String> by = producer("late", "transaction.timeout.ms", 1_500)) {
      by.initTransactions();
      by.beginTransaction();
      send(by, topic, 0, "too late");
      by.flush();
      long[] ends = {0};
      long limit = System.currentTimeMillis() + 60_000;
      while (ends[0] < 2 && System.currentTimeMillis() < limit) {
        Observe.pause(200);
        ends[0] = end(topic, 0, IsolationLevel.READ_COMMITTED);
      }
      Object commit = Observe.outcome(() -> {
        by.commitTransaction();
        return null;
      });
      return Observe.seen("end", ends[0], "commit", commit, "read", after(topic, 0));
    }
  }

  private Object misuse() {
    Object tooLong;
    try (KafkaProducer<String, String> by = producer("long", "transaction.timeout.ms", 3_600_000)) {
      tooLong = Observe.outcome(() -> {
        by.initTransactions();
        return null;
      });
    }
    return tooLong;
  }
}
