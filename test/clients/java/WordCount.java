import java.io.File;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.QueryableStoreTypes;

/**
 * Kafka Streams' first example: words are counted over a repartition topic, the counts kept in a store with a changelog,
 * and restored from it by an instance that has nothing on its disk. Usage: WordCount GUARANTEE BOOTSTRAP PREFIX
 */
final class WordCount {
  /** at_least_once, or exactly_once_v2: then readers take what is committed alone. */
  private final String guarantee;
  private final String bootstrap;
  private final String prefix;
  /** All that were sent until now. */
  private int words;

  private WordCount(String guarantee, String bootstrap, String prefix) {
    this.guarantee = guarantee;
    this.bootstrap = bootstrap;
    this.prefix = prefix;
  }

  public static void main(String[] args) throws Exception {
    WordCount count = new WordCount(args[0], args[1], args[2]);
    Observe.step("count words", () -> count.counted(List.of("all streams lead to kafka", "hello kafka streams", "join kafka summit")));
    Observe.step("restore from the changelog, and go on", () -> count.counted(List.of("Kafka again", "streams again")));
    Observe.step("internal topics", count::internalTopics);
    Runtime.getRuntime().halt(0);
  }

  private Object counted(List<String> lines) throws Exception {
    String input = prefix + "-lines";
    String output = prefix + "-counts";
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      if (!admin.listTopics().names().get().contains(input)) {
        admin.createTopics(List.of(new NewTopic(input, 2, (short) 1), new NewTopic(output, 2, (short) 1))).all().get();
        Observe.settle();
      }
    }
    File folder = Files.createTempDirectory("word-count").toFile();
    try (KafkaStreams streams = new KafkaStreams(topology(input, output).build(), config(folder))) {
      streams.start();
      Observe.until("it runs", () -> streams.state() == KafkaStreams.State.RUNNING, () -> Observe.pause(50));
      try (KafkaProducer<String, String> sender =
          new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
        for (int line = 0; line < lines.size(); line++) sender.send(new ProducerRecord<>(input, line % 2, null, lines.get(line)));
      }
      for (String line : lines) words += line.split(" ").length;
      Map<String, Long> counts = latest(output);
      var store = streams.store(StoreQueryParameters.fromNameAndType("words", QueryableStoreTypes.<String, Long>keyValueStore()));
      Map<String, Long> stored = new TreeMap<>();
      store.all().forEachRemaining(one -> stored.put(one.key, one.value));
      return Observe.seen("counts", counts, "stored", stored);
    } finally {
      delete(folder);
    }
  }

  private Properties config(File folder) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, prefix + "-app");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.getPath());
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 200);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.String().getClass());
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.String().getClass());
    config.put("auto.offset.reset", "earliest");
    config.put("session.timeout.ms", 6_000);
    return config;
  }

  private static StreamsBuilder topology(String input, String output) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.<String, String>stream(input)
        .flatMapValues(line -> Arrays.asList(line.toLowerCase(Locale.ROOT).split(" ")))
        .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
        .count(Materialized.as("words"))
        .toStream()
        .to(output, Produced.with(Serdes.String(), Serdes.Long()));
    return builder;
  }

  /** The latest count of each word, once all are counted and nothing more has come for a second. */
  private Map<String, Long> latest(String output) {
    String level = guarantee.equals(StreamsConfig.AT_LEAST_ONCE) ? "read_uncommitted" : "read_committed";
    Map<String, Object> config = Map.of(
        "bootstrap.servers", bootstrap, "group.id", prefix + "-reader-" + words, "auto.offset.reset", "earliest",
        "isolation.level", level);
    Map<String, Long> counts = new TreeMap<>();
    long[] quietSince = {System.currentTimeMillis()};
    try (KafkaConsumer<String, Long> reader = new KafkaConsumer<>(config, new StringDeserializer(), new LongDeserializer())) {
      reader.subscribe(List.of(output));
      Observe.until("the counts", () -> sum(counts) >= words && System.currentTimeMillis() - quietSince[0] > 1_000, () ->
          reader.poll(Duration.ofMillis(100)).forEach(one -> {
            counts.put(one.key(), one.value());
            quietSince[0] = System.currentTimeMillis();
          }));
    }
    return counts;
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private Object internalTopics() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      return admin.listTopics().names().get().stream()
          .filter(name -> name.startsWith(prefix + "-app")).map(name -> name.substring(prefix.length())).sorted().toList();
    }
  }

  private static void delete(File folder) {
    File[] files = folder.listFiles();
    if (files != null) Arrays.stream(files).forEach(WordCount::delete);
    folder.delete();
  }
}
