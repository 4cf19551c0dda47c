import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Exit;

/**
 * The tools that come with Kafka, as people at a terminal use them: each one's own main, with its input and output caught.
 * Usage: Tools BOOTSTRAP PREFIX
 */
final class Tools {
  private final String bootstrap;
  private final String prefix;
  private final String topic;

  /** What a tool that ends its process throws here instead; some catch it and end once more. */
  private static final class Ended extends RuntimeException {}

  private static final List<String> CHANGES = List.of("--create", "--alter", "--add", "--remove", "--delete");
  private static Integer exitCode;

  Tools(String bootstrap, String prefix) {
    Exit.setExitProcedure((code, message) -> {
      if (exitCode == null) exitCode = code;
      throw new Ended();
    });
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.topic = prefix + "-events";
  }

  public static void main(String[] args) throws Exception {
    Tools tools = new Tools(args[0], args[1]);
    Observe.step("kafka-topics", tools::topics);
    Observe.step("kafka-console-producer and -consumer", tools::console);
    Observe.step("kafka-get-offsets", tools::offsets);
    Observe.step("kafka-consumer-groups", tools::groups);
    Observe.step("kafka-configs", tools::configs);
    Observe.step("kafka-acls", tools::acls);
    Observe.step("kafka-delete-records", tools::deleteRecords);
    Observe.step("kafka-log-dirs", tools::logDirs);
    Observe.step("kafka-broker-api-versions", tools::apiVersions);
    Observe.step("kafka-producer-perf-test and kafka-consumer-perf-test", tools::performance);
    Observe.step("kafka-e2e-latency", tools::latency);
    // Tools leave threads behind.
    Runtime.getRuntime().halt(0);
  }

  /** Runs a tool's main: its lines, without what differs from run to run, and its exit code if it is not 0. */
  private List<String> run(String input, String tool, String... args) throws Exception {
    PrintStream out = System.out;
    InputStream in = System.in;
    ByteArrayOutputStream caught = new ByteArrayOutputStream();
    exitCode = null;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    System.setOut(new PrintStream(caught, true));
    try {
      Class.forName(tool).getMethod("main", String[].class).invoke(null, (Object) args);
    } catch (java.lang.reflect.InvocationTargetException thrown) {
      if (!(thrown.getCause() instanceof Ended)) throw new IllegalStateException(thrown.getCause());
    } finally {
      System.out.flush();
      System.setOut(out);
      System.setIn(in);
    }
    List<String> lines = caught.toString(StandardCharsets.UTF_8).lines().map(this::plain).filter(line -> !line.isBlank())
        .collect(Collectors.toCollection(ArrayList::new));
    if (CHANGES.stream().anyMatch(List.of(args)::contains)) Observe.changed();
    else Observe.settle();
    if (exitCode != null && exitCode != 0) lines.add("exit code " + exitCode);
    return lines;
  }

  private String plain(String line) {
    return line
        .replace(prefix, "P")
        .replace(bootstrap, "SERVER")
        .replaceAll("TopicId: [\\w-]{22}", "TopicId: ID")
        .replaceAll("console-consumer-[0-9a-f-]{36}|\\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID")
        .replaceAll("(Leader|Replicas|Isr): \\d+", "$1: N")
        .replaceAll("\\s+", " ")
        .trim();
  }

  List<String> tool(String name, String... args) throws Exception {
    List<String> all = new ArrayList<>(List.of("--bootstrap-server", bootstrap));
    all.addAll(Arrays.asList(args));
    return run("", name, all.toArray(String[]::new));
  }

  private Object topics() throws Exception {
    String tool = "org.apache.kafka.tools.TopicCommand";
    return Observe.seen(
        "create", tool(tool, "--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=3600000"),
        "create again", tool(tool, "--create", "--topic", topic).stream().filter(line -> line.startsWith("Error")).map(line -> "Error").toList(),
        "if not exists", tool(tool, "--create", "--if-not-exists", "--topic", topic),
        "alter", tool(tool, "--alter", "--topic", topic, "--partitions", "4"),
        "describe", tool(tool, "--describe", "--topic", topic),
        "under-replicated", tool(tool, "--describe", "--under-replicated-partitions", "--topic", topic),
        "list", tool(tool, "--list").stream().filter(line -> line.startsWith("P-")).toList());
  }

  private Object console() throws Exception {
    String producer = "org.apache.kafka.tools.ConsoleProducer";
    String lines = Observe.numbers(100).stream().map(number -> "h:" + number + "\tkey-" + number + "\tvalue " + number + "\n").collect(Collectors.joining());
    List<String> args = List.of("--bootstrap-server", bootstrap, "--topic", topic, "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true");
    List<String> said = run(lines, producer, args.toArray(String[]::new));
    List<String> read = tool("org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", topic, "--from-beginning",
        "--max-messages", "100", "--timeout-ms", "15000", "--group", prefix + "-console", "--formatter-property", "print.key=true",
        "--formatter-property", "print.headers=true", "--formatter-property", "print.partition=true");
    List<String> part = tool("org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", topic, "--partition", "1",
        "--offset", "5", "--max-messages", "2", "--timeout-ms", "15000", "--formatter-property", "print.offset=true");
    return Observe.seen("said", said, "read", read.stream().sorted().toList(), "of one partition", part);
  }

  private Object offsets() throws Exception {
    return Observe.seen(
        "latest", tool("org.apache.kafka.tools.GetOffsetShell", "--topic", topic),
        "earliest", tool("org.apache.kafka.tools.GetOffsetShell", "--topic", topic, "--time", "earliest"));
  }

  private Object groups() throws Exception {
    String tool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
    String group = prefix + "-console";
    return Observe.seen(
        "list", tool(tool, "--list").stream().filter(line -> line.startsWith("P-")).toList(),
        "describe", tool(tool, "--describe", "--group", group).stream().sorted().toList(),
        "state", tool(tool, "--describe", "--group", group, "--state").stream().map(line -> line.replaceAll("(SERVER|127.0.0.1:\\d+) *\\(\\d+\\)", "COORDINATOR")).toList(),
        "reset", tool(tool, "--reset-offsets", "--group", group, "--topic", topic, "--shift-by", "-3", "--execute").stream().sorted().toList(),
        "to earliest", tool(tool, "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--dry-run").stream().sorted().toList(),
        "delete offsets", tool(tool, "--delete-offsets", "--group", group, "--topic", topic + ":1"),
        "delete", tool(tool, "--delete", "--group", group),
        "unknown", tool(tool, "--describe", "--group", prefix + "-nobody"));
  }

  private Object configs() throws Exception {
    String tool = "kafka.admin.ConfigCommand";
    return Observe.seen(
        "alter", tool(tool, "--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config", "max.message.bytes=2000000,cleanup.policy=[compact,delete]"),
        "describe", tool(tool, "--describe", "--entity-type", "topics", "--entity-name", topic),
        "remove", tool(tool, "--alter", "--entity-type", "topics", "--entity-name", topic, "--delete-config", "cleanup.policy"));
  }

  private Object acls() throws Exception {
    String tool = "org.apache.kafka.tools.AclCommand";
    return Observe.seen(
        "add", tool(tool, "--add", "--allow-principal", "User:carol", "--consumer", "--topic", topic, "--group", prefix + "-carol").stream().sorted().toList(),
        "list", tool(tool, "--list", "--topic", topic).stream().sorted().toList(),
        "remove", tool(tool, "--remove", "--force", "--topic", topic, "--group", prefix + "-carol").stream().sorted().toList(),
        "left", tool(tool, "--list", "--topic", topic));
  }

  private Object deleteRecords() throws Exception {
    File file = File.createTempFile("delete-records", ".json");
    file.deleteOnExit();
    Files.writeString(file.toPath(), "{\"version\":1,\"partitions\":[{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":3}]}");
    return tool("org.apache.kafka.tools.DeleteRecordsCommand", "--offset-json-file", file.getPath());
  }

  private Object logDirs() throws Exception {
    List<String> said = tool("org.apache.kafka.tools.LogDirsCommand", "--describe", "--topic-list", topic);
    return said.stream().anyMatch(line -> line.contains("\"partition\":\"P-events-0\""));
  }

  /** Each tool's name is its API; versions are ours to choose. */
  private Object apiVersions() throws Exception {
    return tool("org.apache.kafka.tools.BrokerApiVersionsCommand").stream().anyMatch(line -> line.contains("Produce(0)"));
  }

  private Object performance() throws Exception {
    String name = prefix + "-performance";
    tool("org.apache.kafka.tools.TopicCommand", "--create", "--topic", name, "--partitions", "2");
    List<String> produced = run("", "org.apache.kafka.tools.ProducerPerformance", "--topic", name, "--num-records", "50000",
        "--record-size", "200", "--throughput", "-1", "--producer-props", "bootstrap.servers=" + bootstrap, "compression.type=lz4");
    List<String> consumed = tool("org.apache.kafka.tools.ConsumerPerformance", "--topic", name, "--messages", "50000",
        "--timeout", "20000", "--hide-header");
    Map<String, Object> seen = new TreeMap<>();
    seen.put("produced", produced.get(produced.size() - 1).replaceAll(" sent, .*", ""));
    seen.put("consumed", consumed.stream().map(line -> line.split(", ")).filter(row -> row.length > 5).map(row -> row[4]).toList());
    return seen;
  }

  private Object latency() throws Exception {
    List<String> said = run("", "org.apache.kafka.tools.EndToEndLatency", "--bootstrap-server", bootstrap, "--topic", prefix + "-latency",
        "--num-records", "100", "--producer-acks", "all", "--record-size", "100");
    return said.stream().filter(line -> line.startsWith("Percentiles")).count();
  }
}
