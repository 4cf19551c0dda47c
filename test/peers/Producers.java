import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.tools.ProducerPerformance;

/** {@code Producers <count> <arguments of ProducerPerformance>}: so many of Kafka's own tool at once, in one JVM. */
public final class Producers {
  public static void main(String[] args) throws Exception {
    String[] own = java.util.Arrays.copyOfRange(args, 1, args.length);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      Thread thread = new Thread(() -> {
        try {
          ProducerPerformance.main(own);
        } catch (Exception failed) {
          failed.printStackTrace();
          Runtime.getRuntime().halt(1);
        }
      });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
  }
}
