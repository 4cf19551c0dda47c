import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * {@code Reader <bootstrap> <topic> <seconds to warm up> <seconds>}: Kafka's consumer over all partitions of a topic, from
 * their beginning to their end and again. Prints the bytes of all values that it read, and of those read in time the MB/s.
 */
public final class Reader {
  public static void main(String[] args) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", args[0]);
    settings.put("enable.auto.commit", false);
    long all = 0;
    long counted = 0;
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (PartitionInfo info : consumer.partitionsFor(args[1])) partitions.add(new TopicPartition(args[1], info.partition()));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<TopicPartition, Long> last = new HashMap<>();
      long startNs = System.nanoTime();
      long fromNs = startNs + (long) (Double.parseDouble(args[2]) * 1e9);
      long untilNs = fromNs + (long) (Double.parseDouble(args[3]) * 1e9);
      for (long nowNs = startNs; nowNs < untilNs; nowNs = System.nanoTime()) {
        long bytes = 0;
        var records = consumer.poll(Duration.ofSeconds(1));
        for (ConsumerRecord<byte[], byte[]> record : records) bytes += record.value().length;
        all += bytes;
        if (nowNs >= fromNs) counted += bytes;
        for (TopicPartition partition : records.partitions()) {
          if (records.nextOffsets().get(partition).offset() < ends.get(partition)) continue;
          last.put(partition, 0L);
        }
        // All from the beginning together, so that no partition is asked for alone.
        if (last.size() < partitions.size()) continue;
        consumer.seekToBeginning(partitions);
        last.clear();
      }
    }
    System.out.println("read " + all + " bytes, " + counted / 1e6 / Double.parseDouble(args[3]) + " MB/sec");
  }
}
