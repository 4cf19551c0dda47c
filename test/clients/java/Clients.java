import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What users of Kafka's own producer and consumer do, once over. Usage: Clients BOOTSTRAP PREFIX */
final class Clients {
  private static final long BASE_MS = 1_700_000_000_000L;
  private final String bootstrap;
  private final String prefix;
  private final String topic;
  private final Admin admin;

  private Clients(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.topic = prefix + "-events";
    this.admin = Admin.create(Observe.connection(bootstrap));
  }

  public static void main(String[] args) throws Exception {
    Clients clients = new Clients(args[0], args[1]);
    Observe.step("produce with every codec", clients::codecs);
    Observe.step("null keys, values and headers", clients::nulls);
    Observe.step("large batches and records", clients::large);
    Observe.step("acks 0, 1 and all", clients::acks);
    Observe.step("offsets by time, and seeking", clients::times);
    Observe.step("offsets out of range", clients::outOfRange);
    Observe.step("produce by key", clients::byKey);
    Observe.step("group with range", () -> clients.group(Map.of("partition.assignment.strategy", assignor("Range"))));
    Observe.step(
        "group with cooperative-sticky",
        () -> clients.group(Map.of("partition.assignment.strategy", assignor("CooperativeSticky"))));
    Observe.step("group of the new protocol", () -> clients.group(Map.of("group.protocol", "consumer")));
    Observe.step("static members", clients::staticMembers);
    Observe.step("commits with metadata", clients::commits);
    Observe.step("a pattern of topics", clients::pattern);
    Observe.step("pause and resume", clients::pause);
    Observe.step("unknown topics", clients::unknown);
    Observe.step("quotas", () -> Quotas.look(clients.bootstrap, clients.prefix, clients.admin));
    clients.admin.close(Duration.ofSeconds(5));
  }

  private static String assignor(String name) {
    return "org.apache.kafka.clients.consumer." + name + "Assignor";
  }

  private void create(String name, int partitions) throws Exception {
    // Some records are made to look old; retention must not take them.
    NewTopic made = new NewTopic(name, partitions, (short) 1).configs(Map.of("retention.ms", "-1"));
    admin.createTopics(List.of(made)).all().get();
    Observe.settle();
  }

  private KafkaProducer<String, String> producer(Map<String, Object> more) {
    Map<String, Object> config = Observe.connection(bootstrap);
    config.putAll(Map.of("delivery.timeout.ms", 20_000, "request.timeout.ms", 10_000, "max.block.ms", 10_000));
    config.putAll(more);
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
    Map<String, Object> config = Observe.connection(bootstrap);
    config.putAll(Map.of("auto.offset.reset", "earliest", "enable.auto.commit", false, "fetch.max.wait.ms", 200, "group.id", prefix + "-" + group));
    // The new protocol has the server's timing.
    if (!more.containsKey("group.protocol")) config.putAll(Map.of("session.timeout.ms", 6_000, "heartbeat.interval.ms", 300));
    config.putAll(more);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private List<ConsumerRecord<String, String>> receive(KafkaConsumer<String, String> from, int count) {
    List<ConsumerRecord<String, String>> got = new ArrayList<>();
    long end = System.currentTimeMillis() + Observe.WAIT_MS;
    while (got.size() < count && System.currentTimeMillis() < end) from.poll(Duration.ofMillis(200)).forEach(got::add);
    return got;
  }

  private List<ConsumerRecord<String, String>> fromStart(String name, int count) {
    try (KafkaConsumer<String, String> reader = consumer("reader", Map.of())) {
      TopicPartition part = new TopicPartition(name, 0);
      reader.assign(List.of(part));
      reader.seekToBeginning(List.of(part));
      return receive(reader, count);
    }
  }

  private static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }

  private Object codecs() throws Exception {
    Map<String, Object> seen = new TreeMap<>();
    for (String codec : Observe.CODECS) {
      String name = prefix + "-" + codec;
      create(name, 1);
      List<String> texts = Observe.texts(2_000, 200);
      Future<RecordMetadata> last = null;
      try (KafkaProducer<String, String> sender = producer(Map.of("compression.type", codec, "linger.ms", 5))) {
        for (int index = 0; index < texts.size(); index++) {
          ProducerRecord<String, String> made = new ProducerRecord<>(name, "k" + index % 7, texts.get(index));
          made.headers().add("n", Integer.toString(index).getBytes(UTF_8));
          last = sender.send(made);
        }
      }
      List<ConsumerRecord<String, String>> got = fromStart(name, texts.size());
      ConsumerRecord<String, String> end = got.get(got.size() - 1);
      String header = new String(end.headers().lastHeader("n").value(), UTF_8);
      Object shown = Observe.list(last.get().offset(), end.offset(), end.key(), header, end.timestampType().name);
      seen.put(codec, Observe.seen("same", values(got).equals(texts), "last", shown));
    }
    return seen;
  }

  private Object nulls() throws Exception {
    String name = prefix + "-nulls";
    create(name, 1);
    try (KafkaProducer<String, String> sender = producer(Map.of())) {
      sender.send(new ProducerRecord<>(name, null, "no key"));
      sender.send(new ProducerRecord<>(name, "no value", null));
      ProducerRecord<String, String> empty = new ProducerRecord<>(name, "", "");
      empty.headers().add(new RecordHeader("null", (byte[]) null)).add("empty", new byte[0]);
      sender.send(empty);
    }
    List<Object> got = new ArrayList<>();
    for (ConsumerRecord<String, String> one : fromStart(name, 3)) {
      List<Object> headers = new ArrayList<>();
      one.headers().forEach(header -> headers.add(Observe.list(header.key(), header.value() == null)));
      got.add(Observe.list(one.key(), one.value(), headers, one.leaderEpoch().orElse(-1)));
    }
    return got;
  }

  private Object large() throws Exception {
    String name = prefix + "-large";
    create(name, 1);
    List<Object> sent = new ArrayList<>();
    Map<String, Object> config = Map.of("max.request.size", 8_000_000, "batch.size", 900_000, "linger.ms", 20);
    try (KafkaProducer<String, String> sender = producer(config)) {
      for (int size : new int[] {900_000, 1_048_000, 1_048_600, 3_000_000, 10}) {
        sent.add(Observe.outcome(() -> sender.send(new ProducerRecord<>(name, "x".repeat(size))).get().offset()));
      }
      for (String text : Observe.texts(5_000, 1_000)) sender.send(new ProducerRecord<>(name, text));
    }
    List<Integer> sizes = fromStart(name, 5_003).stream().map(one -> one.value().length()).toList();
    return Observe.seen("sent", sent, "got", sizes.subList(0, 4), "count", sizes.size());
  }

  private Object acks() throws Exception {
    String name = prefix + "-acks";
    create(name, 1);
    List<Object> sent = new ArrayList<>();
    List<String> got = List.of();
    for (String acks : List.of("0", "1", "all")) {
      try (KafkaProducer<String, String> sender = producer(Map.of("acks", acks, "enable.idempotence", false))) {
        RecordMetadata answer = sender.send(new ProducerRecord<>(name, acks)).get();
        sent.add(Observe.list(answer.hasOffset(), answer.partition()));
      }
      // Nobody answers what is sent with acks=0: were it not waited for, the next producer's might come before it.
      got = values(fromStart(name, sent.size()));
    }
    return Observe.seen("sent", sent, "got", got);
  }

  private Object times() throws Exception {
    String name = prefix + "-times";
    create(name, 1);
    try (KafkaProducer<String, String> sender = producer(Map.of())) {
      for (String number : Observe.numbers(100)) {
        sender.send(new ProducerRecord<>(name, 0, BASE_MS + Integer.parseInt(number) * 1_000L, null, number));
      }
    }
    TopicPartition part = new TopicPartition(name, 0);
    try (KafkaConsumer<String, String> reader = consumer("times", Map.of())) {
      List<Object> found = new ArrayList<>();
      for (long at : new long[] {BASE_MS - 5, BASE_MS, BASE_MS + 50_500, BASE_MS + 99_000, BASE_MS + 99_001}) {
        OffsetAndTimestamp place = reader.offsetsForTimes(Map.of(part, at)).get(part);
        found.add(place == null ? null : Observe.list(place.offset(), place.timestamp() - BASE_MS));
      }
      reader.assign(List.of(part));
      reader.seek(part, 57);
      List<String> middle = values(receive(reader, 43)).subList(0, 3);
      reader.seek(part, 98);
      return Observe.seen(
          "found", found,
          "middle", middle,
          "sought", values(receive(reader, 2)),
          "ends", Observe.list(reader.beginningOffsets(Set.of(part)).get(part), reader.endOffsets(Set.of(part)).get(part)),
          "lag", reader.currentLag(part).orElse(-1));
    }
  }

  private Object outOfRange() {
    TopicPartition part = new TopicPartition(prefix + "-times", 0);
    List<Object> seen = new ArrayList<>();
    for (String reset : List.of("earliest", "none", "by_duration:PT240000H")) {
      try (KafkaConsumer<String, String> reader = consumer("range", Map.of("auto.offset.reset", reset))) {
        reader.assign(List.of(part));
        reader.seek(part, 5_000);
        seen.add(Observe.outcome(() -> receive(reader, 1).get(0).offset()));
      }
    }
    return seen;
  }

  private Object byKey() throws Exception {
    create(topic, 4);
    Map<Integer, Integer> counts = new TreeMap<>();
    try (KafkaProducer<String, String> sender = producer(Map.of())) {
      for (String number : Observe.numbers(100)) {
        counts.merge(sender.send(new ProducerRecord<>(topic, "key-" + number, number)).get().partition(), 1, Integer::sum);
      }
      return Observe.seen("counts", counts, "partitions", sender.partitionsFor(topic).size());
    }
  }

  private static Set<Integer> parts(KafkaConsumer<String, String> member) {
    Set<Integer> parts = new TreeSet<>();
    member.assignment().forEach(part -> parts.add(part.partition()));
    return parts;
  }

  /** One member, two, one again; what was committed is not read twice. */
  private Object group(Map<String, Object> config) {
    String group = "group-" + config.values().iterator().next();
    List<ConsumerRecord<String, String>> again = new ArrayList<>();
    try (KafkaConsumer<String, String> second = consumer(group, config)) {
      Map<String, Object> seen = new TreeMap<>();
      try (KafkaConsumer<String, String> first = consumer(group, config)) {
        first.subscribe(List.of(topic));
        seen.put("read", receive(first, 100).size());
        seen.put("alone", parts(first));
        first.commitSync();
        second.subscribe(List.of(topic));
        Observe.until("two share", () -> parts(first).size() == 2 && parts(second).size() == 2, () -> {
          first.poll(Duration.ofMillis(100)).forEach(again::add);
          second.poll(Duration.ofMillis(100)).forEach(again::add);
        });
        Set<Integer> shared = new TreeSet<>(parts(first));
        shared.addAll(parts(second));
        seen.put("shared", shared);
        seen.put("protocol", first.groupMetadata().groupId().startsWith(prefix));
      }
      Observe.until("one is left", () -> parts(second).size() == 4, () ->
          second.poll(Duration.ofMillis(100)).forEach(again::add));
      List<Long> committed = new ArrayList<>();
      Set<TopicPartition> all = second.assignment();
      new TreeMap<>(byNumber(second.committed(all))).values().forEach(one -> committed.add(one.offset()));
      seen.put("committed", committed);
      seen.put("read again", again.size());
      return seen;
    }
  }

  private static Map<Integer, OffsetAndMetadata> byNumber(Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<Integer, OffsetAndMetadata> byNumber = new HashMap<>();
    offsets.forEach((part, offset) -> byNumber.put(part.partition(), offset));
    return byNumber;
  }

  /** A static member that comes back has its partitions at once, in the same generation. */
  private Object staticMembers() {
    Map<String, Object> one = Map.of("group.instance.id", "one", "session.timeout.ms", 30_000);
    Map<String, Object> two = Map.of("group.instance.id", "two", "session.timeout.ms", 30_000);
    try (KafkaConsumer<String, String> other = consumer("static", two)) {
      other.subscribe(List.of(topic));
      Set<Integer> before;
      Set<Integer> kept;
      int generation;
      try (KafkaConsumer<String, String> first = consumer("static", one)) {
        first.subscribe(List.of(topic));
        Observe.until("two share", () -> parts(first).size() == 2 && parts(other).size() == 2, () -> {
          first.poll(Duration.ofMillis(100));
          other.poll(Duration.ofMillis(100));
        });
        before = parts(first);
        kept = parts(other);
        generation = other.groupMetadata().generationId();
      }
      try (KafkaConsumer<String, String> back = consumer("static", one)) {
        back.subscribe(List.of(topic));
        Observe.until("it is back", () -> !parts(back).isEmpty(), () -> {
          back.poll(Duration.ofMillis(100));
          other.poll(Duration.ofMillis(100));
        });
        // The leader that comes back may make a new generation; the partitions stay where they were.
        return Observe.seen(
            "same", parts(back).equals(before),
            "kept", parts(other).equals(kept),
            "same generation", other.groupMetadata().generationId() == generation,
            "instance", back.groupMetadata().groupInstanceId().orElse(null));
      }
    }
  }

  private Object commits() {
    TopicPartition part = new TopicPartition(prefix + "-times", 0);
    try (KafkaConsumer<String, String> reader = consumer("commits", Map.of())) {
      reader.assign(List.of(part));
      reader.commitSync(Map.of(part, new OffsetAndMetadata(42, "why not")));
      OffsetAndMetadata back = reader.committed(Set.of(part)).get(part);
      Object none = consumerNone(part);
      try (KafkaConsumer<String, String> resumed = consumer("commits", Map.of())) {
        resumed.assign(List.of(part));
        Object first = receive(resumed, 1).get(0).value();
        return Observe.seen("back", Observe.list(back.offset(), back.metadata()), "none", none, "resumed", first);
      }
    }
  }

  private Object consumerNone(TopicPartition part) {
    try (KafkaConsumer<String, String> fresh = consumer("fresh", Map.of())) {
      return fresh.committed(Set.of(part)).get(part);
    }
  }

  private Object pattern() throws Exception {
    create(prefix + "-like-a", 1);
    create(prefix + "-like-b", 1);
    try (KafkaProducer<String, String> sender = producer(Map.of())) {
      sender.send(new ProducerRecord<>(prefix + "-like-a", "a"));
      sender.send(new ProducerRecord<>(prefix + "-like-b", "b"));
    }
    try (KafkaConsumer<String, String> reader = consumer("pattern", Map.of())) {
      reader.subscribe(java.util.regex.Pattern.compile(prefix + "-like-.*"));
      return values(receive(reader, 2)).stream().sorted().toList();
    }
  }

  private Object pause() {
    TopicPartition part = new TopicPartition(prefix + "-times", 0);
    try (KafkaConsumer<String, String> reader = consumer("pause", Map.of("max.poll.records", 10))) {
      reader.assign(List.of(part));
      List<String> got = new ArrayList<>(values(receive(reader, 10)));
      reader.pause(List.of(part));
      int paused = reader.poll(Duration.ofMillis(300)).count();
      reader.resume(List.of(part));
      got.addAll(values(receive(reader, 90)));
      return Observe.seen("paused", paused, "got", got.equals(Observe.numbers(100)));
    }
  }

  private Object unknown() {
    Object sent;
    try (KafkaProducer<String, String> sender = producer(Map.of())) {
      sent = Observe.outcome(() -> sender.send(new ProducerRecord<>(prefix + "-automatic", "first")).get().offset());
    }
    Map<String, Object> config = Map.of("allow.auto.create.topics", false, "default.api.timeout.ms", 2_000);
    try (KafkaConsumer<String, String> reader = consumer("unknown", config)) {
      TopicPartition nobody = new TopicPartition(prefix + "-nobody", 0);
      Object ends = Observe.outcome(() -> reader.endOffsets(Set.of(nobody)));
      return Observe.seen("sent", sent, "no ends", ends, "no partitions", reader.partitionsFor(prefix + "-nobody").size());
    }
  }
}
