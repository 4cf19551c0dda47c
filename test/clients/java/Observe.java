import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** What the Java programs share: steps that print what they saw. */
final class Observe {
  /** Longer than anything takes on a server that answers. */
  static final long WAIT_MS = 60_000;
  static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
  private static final ObjectMapper JSON = new ObjectMapper();

  interface Look {
    Object at() throws Exception;
  }

  private static final JsonNode SECURITY = variable("KAFKA_SECURITY");
  private static final JsonNode STEPS = variable("STEPS");

  private static JsonNode variable(String name) {
    try {
      return JSON.readTree(System.getenv().getOrDefault(name, "null"));
    } catch (JsonProcessingException wrong) {
      throw new IllegalArgumentException(name, wrong);
    }
  }

  /** A client's settings: where to connect, and how to get in, as test/clients/security.ts says it. */
  static Map<String, Object> connection(String bootstrap) {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", bootstrap));
    if (SECURITY.isNull()) return config;
    config.putAll(Map.of("security.protocol", "SSL", "ssl.truststore.type", "PEM"));
    config.put("ssl.truststore.location", SECURITY.get("ca").asText());
    if (SECURITY.has("identity")) {
      config.putAll(Map.of("ssl.keystore.type", "PEM", "ssl.keystore.location", SECURITY.get("identity").asText()));
    }
    if (SECURITY.has("sasl")) {
      JsonNode sasl = SECURITY.get("sasl");
      String mechanism = sasl.get("mechanism").asText();
      String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
      config.putAll(Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", mechanism));
      config.put("sasl.jaas.config", String.format(
          "org.apache.kafka.common.security.%s required username=\"%s\" password=\"%s\";",
          module, sasl.get("username").asText(), sasl.get("password").asText()));
    }
    return config;
  }

  private static boolean skipped(String step) {
    if (STEPS.isNull()) return false;
    for (JsonNode one : STEPS) if (one.asText().equals(step)) return false;
    return true;
  }

  /** Runs a step; one that goes wrong does not keep the next from its turn. */
  static void step(String name, Look look) throws Exception {
    if (skipped(name)) return;
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

  /** Gives Kafka's broker the moment that it needs to see a topic that was made. */
  static void settle() {
    pause(500);
  }

  /** Gives every broker the time that it may take to see what another one has changed. */
  static void changed() {
    pause(Long.parseLong(System.getenv("CHANGE_MS")));
  }

  static void pause(long ms) {
    try {
      Thread.sleep(ms);
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
