import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** What an admin does who looks for transactions that hang, by client and by tool. Usage: Hanging BOOTSTRAP PREFIX */
final class Hanging {
  private static final String TOOL = "org.apache.kafka.tools.TransactionsCommand";
  private final String bootstrap;
  private final String prefix;
  private final Admin admin;
  private final Tools tools;

  private Hanging(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.admin = Admin.create(Observe.connection(bootstrap));
    this.tools = new Tools(bootstrap, prefix);
  }

  public static void main(String[] args) throws Exception {
    Hanging all = new Hanging(args[0], args[1]);
    Observe.step("producers of a partition", all::producers);
    Observe.step("producers of no partition", all::nobody);
    Observe.step("kafka-transactions", all::transactions);
    Observe.step("kafka-transactions abort", all::abort);
    Runtime.getRuntime().halt(0);
  }

  private String create(String name) throws Exception {
    String topic = prefix + "-" + name;
    admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
    Observe.settle();
    return topic;
  }

  private KafkaProducer<String, String> producer(String id) {
    Map<String, Object> config = new HashMap<>(Observe.connection(bootstrap));
    config.putAll(Map.of("request.timeout.ms", 10_000, "max.block.ms", 20_000, "linger.ms", 100));
    if (id != null) config.putAll(Map.of("transactional.id", prefix + "-" + id, "transaction.timeout.ms", 60_000));
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  private static void send(KafkaProducer<String, String> by, String topic, String... values) {
    for (String value : values) by.send(new ProducerRecord<>(topic, 0, null, value));
    by.flush();
  }

  private long end(String topic, IsolationLevel level) throws Exception {
    TopicPartition part = new TopicPartition(topic, 0);
    return admin.listOffsets(Map.of(part, OffsetSpec.latest()), new ListOffsetsOptions(level)).partitionResult(part).get().offset();
  }

  private List<ProducerState> states(String topic) throws Exception {
    TopicPartition part = new TopicPartition(topic, 0);
    return admin.describeProducers(List.of(part)).partitionResult(part).get().activeProducers();
  }

  private Object seen(ProducerState one) {
    boolean recent = Math.abs(System.currentTimeMillis() - one.lastTimestamp()) < 60_000;
    long start = one.currentTransactionStartOffset().orElse(-1);
    return Observe.seen(
        "epoch", one.producerEpoch(), "last", one.lastSequence(), "recent", recent, "start", start,
        "coordinator", one.coordinatorEpoch().orElse(-1));
  }

  private Object producers() throws Exception {
    String topic = create("producers");
    Map<String, Object> seen = new java.util.TreeMap<>();
    seen.put("0 of an empty partition", states(topic).size());
    try (KafkaProducer<String, String> plain = producer(null); KafkaProducer<String, String> by = producer("producers")) {
      send(plain, topic, "a", "b");
      seen.put("1 idempotent", states(topic).stream().map(this::seen).toList());
      by.initTransactions();
      by.beginTransaction();
      send(by, topic, "c", "d", "e");
      send(plain, topic, "f");
      seen.put("2 transactional", states(topic).stream()
          .sorted(java.util.Comparator.comparing(one -> one.currentTransactionStartOffset().orElse(-1))).map(this::seen).toList());
      by.commitTransaction();
      Observe.until("its end", () -> starts(topic).equals(List.of(-1L, -1L)), () -> Observe.pause(100));
      seen.put("3 after it", starts(topic));
    }
    return seen;
  }

  private List<Long> starts(String topic) {
    try {
      return states(topic).stream().map(one -> one.currentTransactionStartOffset().orElse(-1)).toList();
    } catch (Exception thrown) {
      throw new IllegalStateException(thrown);
    }
  }

  private Object nobody() {
    TopicPartition part = new TopicPartition(prefix + "-nobody", 0);
    return Observe.outcome(() -> {
      var options = new org.apache.kafka.clients.admin.DescribeProducersOptions().timeoutMs(3_000);
      return admin.describeProducers(List.of(part), options).partitionResult(part).get().activeProducers().size();
    });
  }

  /** The lines of the tool; columns of numbers that no two servers share are left out. */
  private List<String> tool(List<Integer> left, String... args) throws Exception {
    List<String> lines = new ArrayList<>();
    for (String line : tools.tool(TOOL, args)) {
      String[] cells = line.split(" ");
      for (int at : left) if (at < cells.length) cells[at] = "-";
      lines.add(String.join(" ", cells));
    }
    return lines;
  }

  private static List<Integer> but(Integer... columns) {
    return Arrays.asList(columns);
  }

  private Object transactions() throws Exception {
    String topic = create("tool");
    try (KafkaProducer<String, String> by = producer("tool")) {
      by.initTransactions();
      by.beginTransaction();
      send(by, topic, "a", "b");
      return Observe.seen(
          "list", tool(but(1, 2), "list").stream().filter(line -> line.startsWith("Tra") || line.contains("P-tool")).toList(),
          "describe", tool(but(0, 2, 6, 7), "describe", "--transactional-id", prefix + "-tool").subList(1, 2),
          "producers", tool(but(0, 4), "describe-producers", "--topic", topic, "--partition", "0").subList(1, 2),
          "hanging", tool(but(), "find-hanging", "--topic", topic, "--partition", "0", "--max-transaction-timeout", "0"),
          "of nobody", tool(but(), "describe", "--transactional-id", prefix + "-nobody").size());
    }
  }

  /** The producer is not asked any more: what it can still do differs with the version of transactions. */
  private Object abort() throws Exception {
    String topic = create("abort");
    KafkaProducer<String, String> by = producer("abort");
    by.initTransactions();
    by.beginTransaction();
    send(by, topic, "a", "b");
    Object nothing = tool(but(), "abort", "--topic", topic, "--partition", "0", "--start-offset", "1").size();
    Object before = Observe.list(end(topic, IsolationLevel.READ_COMMITTED), end(topic, IsolationLevel.READ_UNCOMMITTED));
    Object said = tool(but(), "abort", "--topic", topic, "--partition", "0", "--start-offset", "0");
    Object after = Observe.list(end(topic, IsolationLevel.READ_COMMITTED), end(topic, IsolationLevel.READ_UNCOMMITTED));
    Object starts = starts(topic);
    by.close(Duration.ZERO);
    return Observe.seen("nothing there", nothing, "before", before, "said", said, "after", after, "starts", starts);
  }
}
