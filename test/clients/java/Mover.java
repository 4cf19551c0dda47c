import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Moves records from one topic into another, each exactly once: with the offsets, in one transaction after another. */
final class Mover {
  private final String name;
  private final JsonNode command;
  private final KafkaConsumer<String, String> consumer;
  private KafkaProducer<String, String> producer;

  private Mover(String name, JsonNode command) {
    this.name = name;
    this.command = command;
    this.consumer = new KafkaConsumer<>(Members.config(command, "config"), new StringDeserializer(), new StringDeserializer());
    open();
  }

  static Object move(String name, JsonNode command) {
    Mover mover = new Mover(name, command);
    mover.consumer.subscribe(List.of(command.get("topic").asText()));
    while (!Members.toldToStop(name)) mover.step();
    mover.consumer.close();
    mover.producer.close();
    return null;
  }

  /** A new producer ends what the one before it has left open. */
  private void open() {
    producer = new KafkaProducer<>(Members.config(command, "producer"), new StringSerializer(), new StringSerializer());
    producer.initTransactions();
  }

  private void step() {
    List<ConsumerRecord<String, String>> batch = new ArrayList<>();
    consumer.poll(Duration.ofMillis(100)).forEach(batch::add);
    if (batch.isEmpty()) return;
    try {
      producer.beginTransaction();
      Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
      for (ConsumerRecord<String, String> one : batch) {
        producer.send(new ProducerRecord<>(command.get("to").asText(), one.partition(), null, one.value()));
        next.put(new TopicPartition(one.topic(), one.partition()), new OffsetAndMetadata(one.offset() + 1));
      }
      producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
      producer.commitTransaction();
      Members.event(name, "moved", batch.size());
    } catch (KafkaException failed) {
      Members.event(name, "moved again", String.valueOf(failed));
      giveUp();
    }
  }

  /** Ends the transaction, whatever it came to, and goes on where the group then stands. */
  private void giveUp() {
    try {
      producer.abortTransaction();
    } catch (KafkaException | IllegalStateException beyondRepair) {
      producer.close(Duration.ZERO);
      open();
    }
    consumer.committed(consumer.assignment()).forEach((part, at) -> consumer.seek(part, at == null ? 0 : at.offset()));
  }
}
