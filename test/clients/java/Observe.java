import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** What the Java programs share: steps that print what they saw. */
final class Observe {
  /** Longer than anything takes on a server that answers. */
  static final long WAIT_MS = 20_000;
  static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  private static final ObjectMapper JSON = new ObjectMapper();

  interface Look {
    Object at() throws Exception;
  }

  /** Runs a step; one that goes wrong does not keep the next from its turn. */
  static void step(String name, Look look) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", name);
    try {
      line.put("saw", look.at());
    } catch (Exception | AssertionError thrown) {
      thrown.printStackTrace();
      line.put("threw", String.valueOf(thrown));
    }
    System.out.println(JSON.writeValueAsString(line));
    System.out.flush();
  }

  /** A map from names and values in turn. */
  static Map<String, Object> seen(Object... namesAndValues) {
    Map<String, Object> seen = new LinkedHashMap<>();
    for (int at = 0; at < namesAndValues.length; at += 2) seen.put((String) namesAndValues[at], namesAndValues[at + 1]);
    return seen;
  }

  /** A list that may hold null. */
  static List<Object> list(Object... values) {
    return new ArrayList<>(java.util.Arrays.asList(values));
  }

  /** What it gave, or the name of its error. */
  static Object outcome(Look work) {
    try {
      Object given = work.at();
      return given == null ? "done" : given;
    } catch (ExecutionException wrapped) {
      return wrapped.getCause().getClass().getSimpleName();
    } catch (Exception thrown) {
      return thrown.getClass().getSimpleName();
    }
  }

  /** Gives a change the moment that Kafka's brokers need to see it. */
  static void settle() {
    try {
      Thread.sleep(500);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  static void until(String what, BooleanSupplier holds, Runnable meanwhile) {
    long end = System.currentTimeMillis() + WAIT_MS;
    while (!holds.getAsBoolean()) {
      if (System.currentTimeMillis() > end) throw new IllegalStateException("Waited in vain: " + what);
      meanwhile.run();
    }
  }

  /** Values that compress, and that no two indexes share. */
  static List<String> texts(int count, int size) {
    return IntStream.range(0, count)
        .mapToObj(index -> String.format("%06d", index) + "abcdefghij".substring(index % 10, index % 10 + 1).repeat(size - 6))
        .toList();
  }

  static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }
}
