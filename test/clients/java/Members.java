import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Producers and members of groups that work until they are told to stop, in one process. Each line of its input is a
 * command, each of its output an event: test/clients/members.ts says which.
 */
final class Members {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> told = ConcurrentHashMap.newKeySet();

  public static void main(String[] args) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = commands.readLine()) != null; ) {
      JsonNode command = JSON.readTree(line);
      String name = command.get("name").asText();
      switch (command.get("do").asText()) {
        case "produce" -> start(name, () -> produce(name, command));
        case "consume" -> start(name, () -> consume(name, command));
        case "move" -> start(name, () -> Mover.move(name, command));
        case "stop" -> told.add(name);
        default -> throw new IllegalArgumentException(line);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void start(String name, Observe.Look work) {
    new Thread(() -> {
      try {
        work.at();
        event(name, "stopped", null);
      } catch (Exception thrown) {
        thrown.printStackTrace();
        event(name, "failed", String.valueOf(thrown));
      }
    }).start();
  }

  static synchronized void event(String name, String event, Object what) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("name", name);
    line.put("event", event);
    line.put("atMs", System.currentTimeMillis());
    line.put("what", what);
    try {
      System.out.println(JSON.writeValueAsString(line));
    } catch (com.fasterxml.jackson.core.JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static boolean toldToStop(String name) {
    return told.contains(name);
  }

  /** A client's settings, as the command has them under that name. */
  static Map<String, Object> config(JsonNode command, String named) {
    Map<String, Object> config = new HashMap<>();
    command.get(named).fields().forEachRemaining(entry -> config.put(entry.getKey(), entry.getValue().asText()));
    return config;
  }

  /** One value after another, partition after partition; some are always under way. */
  private static Object produce(String name, JsonNode command) throws Exception {
    String topic = command.get("topic").asText();
    int partitions = command.get("partitions").asInt();
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(config(command, "config"), new StringSerializer(), new StringSerializer());
    for (int number = 0; !told.contains(name); number++) {
      String value = name + ":" + number;
      producer.send(new ProducerRecord<>(topic, number % partitions, null, value), (answer, error) -> {
        if (error != null) event(name, "refused", value + " " + error);
        else event(name, "sent", List.of(answer.partition(), answer.offset(), value));
      });
      Thread.sleep(command.get("everyMs").asLong());
    }
    producer.flush();
    producer.close();
    return null;
  }

  /** Reads, and commits what it has read, again and again. */
  private static Object consume(String name, JsonNode command) throws Exception {
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config(command, "config"), new StringDeserializer(), new StringDeserializer());
    consumer.subscribe(List.of(command.get("topic").asText()), new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> parts) {
        event(name, "assigned", numbers(parts));
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> parts) {
        event(name, "revoked", numbers(parts));
      }

      @Override
      public void onPartitionsLost(Collection<TopicPartition> parts) {
        event(name, "lost", numbers(parts));
      }
    });
    event(name, "joining", null);
    while (!told.contains(name)) step(name, consumer);
    consumer.close();
    return null;
  }

  private static void step(String name, KafkaConsumer<String, String> consumer) {
    List<Object> read = new ArrayList<>();
    for (ConsumerRecord<String, String> one : consumer.poll(Duration.ofMillis(100))) {
      read.add(List.of(one.partition(), one.offset(), one.value()));
    }
    if (read.isEmpty()) return;
    event(name, "read", read);
    Map<TopicPartition, OffsetAndMetadata> at = new HashMap<>();
    for (TopicPartition part : consumer.assignment()) at.put(part, new OffsetAndMetadata(consumer.position(part)));
    try {
      consumer.commitSync(at);
      Map<Integer, Long> committed = new TreeMap<>();
      at.forEach((part, offset) -> committed.put(part.partition(), offset.offset()));
      event(name, "committed", committed);
    } catch (RetriableException | RebalanceInProgressException | CommitFailedException refused) {
      // In a rebalance that is as it should be: what was not committed is read once more.
      event(name, "not committed", String.valueOf(refused));
    }
  }

  private static List<Integer> numbers(Collection<TopicPartition> parts) {
    return parts.stream().map(TopicPartition::partition).sorted().toList();
  }
}
