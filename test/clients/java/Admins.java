import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AccessControlEntryFilter;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourcePatternFilter;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What users of Kafka's own admin client do, once over. Usage: Admins BOOTSTRAP PREFIX */
final class Admins {
  private final String bootstrap;
  private final String prefix;
  private final String topic;
  private final Admin admin;

  private Admins(String bootstrap, String prefix) {
    this.bootstrap = bootstrap;
    this.prefix = prefix;
    this.topic = prefix + "-topic";
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", 10_000, "request.timeout.ms", 5_000));
  }

  public static void main(String[] args) throws Exception {
    Admins admins = new Admins(args[0], args[1]);
    Observe.step("create topics", admins::createTopics);
    Observe.step("describe topics", admins::describeTopics);
    Observe.step("partitions", admins::partitions);
    Observe.step("configs", admins::configs);
    Observe.step("all configs of a topic", admins::allConfigs);
    Observe.step("configs of the broker", admins::brokerConfigs);
    Observe.step("offsets", admins::offsets);
    Observe.step("delete records", admins::deleteRecords);
    Observe.step("groups", admins::groups);
    Observe.step("groups' offsets", admins::groupOffsets);
    Observe.step("ACLs", admins::acls);
    Observe.step("an ACL for one host", admins::aclOfHost);
    Observe.step("cluster", admins::cluster);
    Observe.step("log directories", admins::logDirs);
    Observe.step("delete topics", admins::deleteTopics);
    admins.admin.close(java.time.Duration.ofSeconds(5));
  }

  private static Object outcome(KafkaFuture<?> future) {
    return Observe.outcome(() -> {
      future.get();
      return "done";
    });
  }

  private Object create(NewTopic made) {
    return outcome(admin.createTopics(List.of(made)).all());
  }

  private Object createTopics() throws Exception {
    CreateTopicsResult made =
        admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1).configs(Map.of("retention.ms", "3600000"))));
    made.all().get();
    Observe.settle();
    Object config = made.config(topic).get().get("retention.ms").value();
    NewTopic dry = new NewTopic(prefix + "-dry", 1, (short) 1);
    return Observe.seen(
        "made", Observe.list(made.numPartitions(topic).get(), made.replicationFactor(topic).get(), config),
        "again", create(new NewTopic(topic, 3, (short) 1)),
        "defaults", create(new NewTopic(prefix + "-defaults", java.util.Optional.empty(), java.util.Optional.empty())),
        "bad name", create(new NewTopic(prefix + "/x", 1, (short) 1)),
        "long name", create(new NewTopic(prefix + "x".repeat(250), 1, (short) 1)),
        "empty name", create(new NewTopic("", 1, (short) 1)),
        "colliding name", create(new NewTopic(topic.replace('-', '_') + ".a", 1, (short) 1)),
        "colliding name too", create(new NewTopic(topic.replace('-', '_') + "_a", 1, (short) 1)),
        "no partitions", create(new NewTopic(prefix + "-zero", 0, (short) 1)),
        "too many replicas", create(new NewTopic(prefix + "-three", 1, (short) 3)),
        "bad config", create(new NewTopic(prefix + "-bad", 1, (short) 1).configs(Map.of("retention.ms", "soon"))),
        "unknown config", create(new NewTopic(prefix + "-bad", 1, (short) 1).configs(Map.of("no.such", "1"))),
        "dry run", outcome(admin.createTopics(List.of(dry), new CreateTopicsOptions().validateOnly(true)).all()),
        "nothing of the dry run", !admin.listTopics().names().get().contains(prefix + "-dry"));
  }

  private Object describeTopics() throws Exception {
    TopicDescription found = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    List<Object> parts = new ArrayList<>();
    found.partitions().forEach(one ->
        parts.add(Observe.list(one.partition(), one.leader() != null, one.replicas().size(), one.isr().size())));
    return Observe.seen(
        "partitions", parts,
        "internal", found.isInternal(),
        "unknown", outcome(admin.describeTopics(List.of(prefix + "-nobody")).allTopicNames()),
        "listed", admin.listTopics().names().get().contains(topic));
  }

  private Object partitions() throws Exception {
    Object more = outcome(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
    Object fewer = outcome(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all());
    Object same = outcome(admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all());
    Object unknown = outcome(admin.createPartitions(Map.of(prefix + "-nobody", NewPartitions.increaseTo(5))).all());
    Observe.changed();
    int count = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
    return Observe.seen("more", more, "fewer", fewer, "same", same, "unknown", unknown, "count", count);
  }

  private ConfigResource resource(String name) {
    return new ConfigResource(ConfigResource.Type.TOPIC, name);
  }

  private Object alter(String name, OpType kind, String config, String value) {
    AlterConfigOp change = new AlterConfigOp(new ConfigEntry(config, value), kind);
    Object done = outcome(admin.incrementalAlterConfigs(Map.of(resource(name), List.of(change))).all());
    Observe.changed();
    return done;
  }

  private Map<String, Object> described(Collection<String> names) throws Exception {
    Config config = admin.describeConfigs(List.of(resource(topic))).all().get().get(resource(topic));
    Map<String, Object> seen = new TreeMap<>();
    for (ConfigEntry one : config.entries()) {
      if (names != null && !names.contains(one.name())) continue;
      seen.put(one.name(), Observe.list(one.value(), one.source().name(), one.isReadOnly(), one.isSensitive(), one.type().name()));
    }
    return seen;
  }

  private Object configs() throws Exception {
    List<String> names = List.of("retention.ms", "cleanup.policy", "max.message.bytes");
    return Observe.seen(
        "before", described(names),
        "set", alter(topic, OpType.SET, "max.message.bytes", "2000000"),
        "append", alter(topic, OpType.APPEND, "cleanup.policy", "compact"),
        "after", described(names),
        "subtract", alter(topic, OpType.SUBTRACT, "cleanup.policy", "compact"),
        "delete", alter(topic, OpType.DELETE, "max.message.bytes", null),
        "at last", described(names),
        "bad value", alter(topic, OpType.SET, "retention.ms", "soon"),
        "negative", alter(topic, OpType.SET, "retention.ms", "-2"),
        "unknown", alter(topic, OpType.SET, "no.such", "1"),
        "append to a number", alter(topic, OpType.APPEND, "retention.ms", "1"),
        "bad policy", alter(topic, OpType.SET, "cleanup.policy", "burn"),
        "nobody's", alter(prefix + "-nobody", OpType.SET, "retention.ms", "1"));
  }

  private Object allConfigs() throws Exception {
    return described(null);
  }

  private Object brokerConfigs() throws Exception {
    String id = admin.describeCluster().nodes().get().iterator().next().idString();
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, id);
    Config config = admin.describeConfigs(List.of(broker)).all().get().get(broker);
    Map<String, Object> seen = new TreeMap<>();
    for (String name : List.of("auto.create.topics.enable", "num.partitions", "message.max.bytes", "log.retention.hours", "compression.type")) {
      ConfigEntry one = config.get(name);
      seen.put(name, one == null ? null : one.value());
    }
    return seen;
  }

  private void fill(String name, int count) throws Exception {
    try (KafkaProducer<String, String> sender =
        new KafkaProducer<>(Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
      for (int index = 0; index < count; index++) {
        sender.send(new ProducerRecord<>(name, 0, 1_700_000_000_000L + index * 1_000L, null, Integer.toString(index)));
      }
    }
  }

  private Object offsets() throws Exception {
    String name = prefix + "-records";
    // Some records are made to look old; retention must not take them.
    create(new NewTopic(name, 1, (short) 1).configs(Map.of("retention.ms", "-1")));
    Observe.settle();
    fill(name, 50);
    TopicPartition part = new TopicPartition(name, 0);
    List<Object> seen = new ArrayList<>();
    for (OffsetSpec spec : List.of(
        OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(1_700_000_010_001L),
        OffsetSpec.earliestLocal())) {
      seen.add(Observe.outcome(() -> admin.listOffsets(Map.of(part, spec)).partitionResult(part).get().offset()));
    }
    TopicPartition beyond = new TopicPartition(name, 9);
    seen.add(outcome(admin.listOffsets(Map.of(beyond, OffsetSpec.latest())).partitionResult(beyond)));
    return seen;
  }

  private Object deleteRecords() throws Exception {
    TopicPartition part = new TopicPartition(prefix + "-records", 0);
    List<Object> seen = new ArrayList<>();
    for (long before : new long[] {20, 10, 500, -1}) {
      seen.add(Observe.outcome(() ->
          admin.deleteRecords(Map.of(part, RecordsToDelete.beforeOffset(before))).lowWatermarks().get(part).get().lowWatermark()));
      seen.add(admin.listOffsets(Map.of(part, OffsetSpec.earliest())).partitionResult(part).get().offset());
    }
    return seen;
  }

  private KafkaConsumer<String, String> member(String group, Map<String, Object> more) {
    Map<String, Object> config = new java.util.HashMap<>(Map.of("bootstrap.servers", bootstrap, "group.id", prefix + "-" + group));
    config.putAll(Map.of("client.id", "me", "auto.offset.reset", "earliest", "enable.auto.commit", false));
    config.putAll(more);
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  private Object groups() throws Exception {
    Map<String, Object> seen = new TreeMap<>();
    for (String protocol : List.of("classic", "consumer")) {
      String group = prefix + "-" + protocol;
      try (KafkaConsumer<String, String> member = member(protocol, Map.of("group.protocol", protocol))) {
        member.subscribe(List.of(topic));
        Observe.until("a member", () -> !member.assignment().isEmpty(), () -> member.poll(java.time.Duration.ofMillis(100)));
        var found = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        List<Object> members = new ArrayList<>();
        found.members().forEach(one -> members.add(Observe.list(
            one.clientId(), one.host(), one.assignment().topicPartitions().size(), one.groupInstanceId().orElse(null))));
        member.commitSync(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0)));
        seen.put(protocol, Observe.seen(
            "state", found.groupState().name(), "type", found.type().name(), "assignor", found.partitionAssignor(),
            "members", members, "coordinator", found.coordinator() != null,
            "in use", outcome(admin.deleteConsumerGroups(List.of(group)).all())));
      }
      Observe.until("an empty group", () -> "EMPTY".equals(stateOf(group)), () -> Observe.pause(100));
    }
    var listed = admin.listGroups().all().get().stream().filter(one -> one.groupId().startsWith(prefix));
    seen.put("listed", listed.map(one -> one.groupId().substring(prefix.length()) + " " + one.type().orElse(null) + " "
        + one.protocol() + " " + one.groupState().orElse(null)).sorted().toList());
    seen.put("unknown", outcome(admin.describeConsumerGroups(List.of(prefix + "-nobody")).all()));
    String leaving = prefix + "-static";
    KafkaConsumer<String, String> gone = member("static", Map.of("group.instance.id", "one"));
    gone.subscribe(List.of(topic));
    Observe.until("a static member", () -> !gone.assignment().isEmpty(), () -> gone.poll(java.time.Duration.ofMillis(100)));
    gone.close();
    seen.put("static stays", admin.describeConsumerGroups(List.of(leaving)).all().get().get(leaving).members().size());
    seen.put("static removed", outcome(admin.removeMembersFromConsumerGroup(leaving, new RemoveMembersFromConsumerGroupOptions()).all()));
    seen.put("nobody left", admin.describeConsumerGroups(List.of(leaving)).all().get().get(leaving).members().size());
    return seen;
  }

  private Object stateOf(String group) {
    return Observe.outcome(() -> admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState().name());
  }

  private Object groupOffsets() throws Exception {
    String group = prefix + "-classic";
    TopicPartition zero = new TopicPartition(topic, 0);
    TopicPartition one = new TopicPartition(topic, 1);
    Map<TopicPartition, OffsetAndMetadata> change = Map.of(zero, new OffsetAndMetadata(7, "note"), one, new OffsetAndMetadata(3));
    Object altered = outcome(admin.alterConsumerGroupOffsets(group, change).all());
    Object before = offsetsOf(group);
    Object removed = outcome(admin.deleteConsumerGroupOffsets(group, Set.of(one)).all());
    Object after = offsetsOf(group);
    Object made = outcome(admin.alterConsumerGroupOffsets(prefix + "-made", Map.of(zero, new OffsetAndMetadata(1))).all());
    Object unknownTopic = outcome(admin
        .alterConsumerGroupOffsets(prefix + "-made", Map.of(new TopicPartition(prefix + "-nobody", 0), new OffsetAndMetadata(1)))
        .all());
    return Observe.seen(
        "altered", altered, "before", before, "removed", removed, "after", after, "made", made, "made has", offsetsOf(prefix + "-made"),
        "unknown topic", unknownTopic,
        "nobody", offsetsOf(prefix + "-nobody"),
        "group removed", outcome(admin.deleteConsumerGroups(List.of(group)).all()),
        "removed again", outcome(admin.deleteConsumerGroups(List.of(group)).all()));
  }

  private Object offsetsOf(String group) throws Exception {
    var found = admin.listConsumerGroupOffsets(Map.of(group, new ListConsumerGroupOffsetsSpec())).all().get().get(group);
    Map<String, Object> seen = new TreeMap<>();
    found.forEach((part, offset) -> seen.put(Integer.toString(part.partition()), Observe.list(offset.offset(), offset.metadata())));
    return seen;
  }

  private Object acls() throws Exception {
    AclBinding alice = new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW));
    AclBinding bob = new AclBinding(
        new ResourcePattern(ResourceType.GROUP, prefix, PatternType.PREFIXED),
        new AccessControlEntry("User:bob", "*", AclOperation.ALL, AclPermissionType.DENY));
    Object made = outcome(admin.createAcls(List.of(alice, bob)).all());
    Observe.changed();
    // Which rules meet a name: those for the name, for its beginnings, and for all.
    AclBindingFilter matching = new AclBindingFilter(
        new ResourcePatternFilter(ResourceType.ANY, prefix + "-group", PatternType.MATCH), AccessControlEntryFilter.ANY);
    AclBindingFilter ours = new AclBindingFilter(
        new ResourcePatternFilter(ResourceType.TOPIC, topic, PatternType.ANY), AccessControlEntryFilter.ANY);
    Object met = rules(matching);
    Object found = rules(ours);
    int removed = admin.deleteAcls(List.of(matching, ours)).all().get().size();
    Observe.changed();
    return Observe.seen("made", made, "met", met, "found", found, "removed", removed, "left", rules(matching));
  }

  private Object aclOfHost() {
    AclBinding bob = new AclBinding(
        new ResourcePattern(ResourceType.GROUP, prefix + "-host", PatternType.LITERAL),
        new AccessControlEntry("User:bob", "127.0.0.1", AclOperation.READ, AclPermissionType.ALLOW));
    return outcome(admin.createAcls(List.of(bob)).all());
  }

  private Object rules(AclBindingFilter filter) throws Exception {
    return admin.describeAcls(filter).values().get().stream()
        .map(one -> one.toString().replace(prefix, "")).sorted().toList();
  }

  private Object cluster() throws Exception {
    var found = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    return Observe.seen(
        "nodes", found.nodes().get().size(),
        "named", !found.clusterId().get().isEmpty(),
        "controller", found.controller().get() != null,
        "operations", found.authorizedOperations().get().stream().map(Enum::name).sorted().toList());
  }

  private Object logDirs() throws Exception {
    List<Integer> brokers = admin.describeCluster().nodes().get().stream().map(node -> node.id()).toList();
    var dirs = admin.describeLogDirs(brokers).allDescriptions().get().values().stream().flatMap(of -> of.values().stream()).toList();
    var ours = dirs.stream().flatMap(dir -> dir.replicaInfos().entrySet().stream())
        .filter(one -> one.getKey().topic().equals(prefix + "-records")).toList();
    return Observe.seen(
        "directories", dirs.size() / brokers.size(), "errors", dirs.stream().filter(dir -> dir.error() != null).count(),
        "replicas", ours.size(),
        "lag", ours.stream().mapToLong(one -> one.getValue().offsetLag()).sum());
  }

  private Object deleteTopics() throws Exception {
    Object gone = outcome(admin.deleteTopics(List.of(topic)).all());
    Observe.until("it is gone", () -> {
      try {
        return !admin.listTopics().names().get().contains(topic);
      } catch (InterruptedException | ExecutionException thrown) {
        throw new IllegalStateException(thrown);
      }
    }, () -> Observe.pause(50));
    return Observe.list(gone, outcome(admin.deleteTopics(List.of(topic)).all()), create(new NewTopic(topic, 1, (short) 1)));
  }
}
