"""What users of confluent-kafka's AdminClient do."""

import time

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from observe import CHANGE_S

WAIT_S = 60
CONFIGS = [
    "cleanup.policy",
    "compression.type",
    "delete.retention.ms",
    "max.message.bytes",
    "message.timestamp.type",
    "min.insync.replicas",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
]


def outcome(futures):
    """Of each future by name: what it gave, or its error's name."""
    seen = {}
    for name, future in futures.items():
        try:
            future.result(WAIT_S)
            seen[str(name)] = "done"
        except KafkaException as error:
            seen[str(name)] = error.args[0].name()
    return list(seen.values())


def steps(admin, prefix):
    topic = f"{prefix}-admin"

    def topics():
        made = outcome(admin.create_topics([NewTopic(topic, 3, 1, config={"retention.ms": "3600000"})]))
        time.sleep(CHANGE_S)
        wrong = [
            NewTopic(topic, 3, 1),
            NewTopic(f"{prefix} no good", 1, 1),
            NewTopic("." , 1, 1),
            NewTopic(f"{prefix}-zero", 0, 1),
            NewTopic(f"{prefix}-three", 1, 3),
            NewTopic(f"{prefix}-config", 1, 1, config={"no.such.config": "1"}),
            NewTopic(f"{prefix}-value", 1, 1, config={"retention.ms": "soon"}),
        ]
        errors = [outcome(admin.create_topics([one]))[0] for one in wrong]
        only = outcome(admin.create_topics([NewTopic(f"{prefix}-dry", 1, 1)], validate_only=True))
        found = admin.list_topics(timeout=WAIT_S).topics
        more = outcome(admin.create_partitions([NewPartitions(topic, 5)]))
        fewer = outcome(admin.create_partitions([NewPartitions(topic, 2)]))
        time.sleep(CHANGE_S)
        return {
            "made": made,
            "errors": errors,
            "dry run": [only, f"{prefix}-dry" in found],
            "partitions": sorted(found[topic].partitions),
            "more": [more, fewer, len(admin.list_topics(topic, timeout=WAIT_S).topics[topic].partitions)],
            "unknown": admin.list_topics(f"{prefix}-nobody-made-it", timeout=WAIT_S).topics != {},
        }

    def configs():
        def described():
            resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
            entries = admin.describe_configs([resource])[resource].result(WAIT_S)
            return {
                name: [entries[name].value, entries[name].is_default, entries[name].is_read_only, entries[name].source]
                for name in CONFIGS
                if name in entries
            }

        def alter(*changes):
            entries = [ConfigEntry(name, value, incremental_operation=kind) for name, value, kind in changes]
            resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=entries)
            done = outcome(admin.incremental_alter_configs([resource]))[0]
            time.sleep(CHANGE_S)
            return done

        kinds = AlterConfigOpType
        nobody = ConfigResource(ConfigResource.Type.TOPIC, f"{prefix}-nobody")
        return {
            "before": described(),
            "set": alter(("retention.ms", "7200000", kinds.SET), ("max.message.bytes", "2000000", kinds.SET)),
            "append": alter(("cleanup.policy", "compact", kinds.APPEND)),
            "after": described(),
            "subtract": alter(("cleanup.policy", "delete", kinds.SUBTRACT)),
            "delete": alter(("max.message.bytes", None, kinds.DELETE)),
            "at last": described(),
            "bad value": alter(("retention.ms", "soon", kinds.SET)),
            "bad name": alter(("no.such.config", "1", kinds.SET)),
            "nobody's": outcome(admin.describe_configs([nobody]))[0],
        }

    def records():
        full = f"{prefix}-records"
        admin.create_topics([NewTopic(full, 1, 1)])[full].result(WAIT_S)
        time.sleep(CHANGE_S)
        sender = Producer({"bootstrap.servers": admin_bootstrap(admin)})
        for index in range(50):
            sender.produce(full, str(index), partition=0)
        sender.flush(WAIT_S)
        part = TopicPartition(full, 0)

        def offset(spec):
            return admin.list_offsets({part: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)[part].result(WAIT_S).offset

        before = [offset(OffsetSpec.earliest()), offset(OffsetSpec.latest())]
        deleted = admin.delete_records([TopicPartition(full, 0, 20)])
        low = [future.result(WAIT_S).low_watermark for future in deleted.values()]
        after = [offset(OffsetSpec.earliest()), offset(OffsetSpec.latest())]
        beyond = outcome(admin.delete_records([TopicPartition(full, 0, 500)]))
        # What a compacted topic holds is not anyone's to delete.
        compacted = outcome(admin.delete_records([TopicPartition(topic, 0, 0)]))
        return {"before": before, "low": low, "after": after, "beyond": beyond, "compacted": compacted}

    def groups():
        name = f"{prefix}-admin-group"
        reader = Consumer(
            {"bootstrap.servers": admin_bootstrap(admin), "group.id": name, "auto.offset.reset": "earliest", "client.id": "me"}
        )
        reader.subscribe([topic])
        for _ in range(100):
            reader.poll(0.1)
            if reader.assignment():
                break
        described = admin.describe_consumer_groups([name])[name].result(WAIT_S)
        seen = {
            "state": described.state.name,
            "assignor": described.partition_assignor,
            "simple": described.is_simple_consumer_group,
            "type": described.type.name,
            "members": [
                [one.client_id, one.group_instance_id, len(one.assignment.topic_partitions)] for one in described.members
            ],
            "listed": name in [one.group_id for one in admin.list_consumer_groups().result(WAIT_S).valid],
            "delete while in use": outcome(admin.delete_consumer_groups([name])),
        }
        reader.commit(offsets=[TopicPartition(topic, 0, 30)], asynchronous=False)
        reader.close()

        def offsets():
            wanted = ConsumerGroupTopicPartitions(name)
            found = admin.list_consumer_group_offsets([wanted])[name].result(WAIT_S)
            return sorted([part.partition, part.offset] for part in found.topic_partitions)

        seen["offsets"] = offsets()
        change = ConsumerGroupTopicPartitions(name, [TopicPartition(topic, 0, 25), TopicPartition(topic, 1, 0)])
        seen["altered"] = [outcome(admin.alter_consumer_group_offsets([change])), offsets()]
        empty = admin.describe_consumer_groups([name])[name].result(WAIT_S)
        seen["empty"] = [empty.state.name, len(empty.members)]
        seen["deleted"] = outcome(admin.delete_consumer_groups([name]))
        seen["deleted again"] = outcome(admin.delete_consumer_groups([name]))
        return seen

    def acls():
        def binding(kind, principal, operation, permission=AclPermissionType.ALLOW):
            return kind(
                ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, principal, "*", operation, permission
            )

        made = [
            binding(AclBinding, "User:alice", AclOperation.READ),
            binding(AclBinding, "User:bob", AclOperation.WRITE, AclPermissionType.DENY),
        ]
        everything = binding(AclBindingFilter, None, AclOperation.ANY, AclPermissionType.ANY)

        def found():
            rules = admin.describe_acls(everything).result(WAIT_S)
            return sorted([one.principal, one.operation.name, one.permission_type.name, one.host] for one in rules)

        seen = {"made": outcome(admin.create_acls(made))}
        time.sleep(CHANGE_S)
        seen["found"] = found()
        gone = admin.delete_acls([binding(AclBindingFilter, "User:bob", AclOperation.ANY, AclPermissionType.ANY)])
        seen["removed"] = [one.principal for future in gone.values() for one in future.result(WAIT_S)]
        time.sleep(CHANGE_S)
        seen["left"] = found()
        return seen

    def cluster():
        described = admin.describe_cluster().result(WAIT_S)
        return {
            "nodes": len(described.nodes),
            "named": isinstance(described.cluster_id, str) and described.cluster_id != "",
            "controller": described.controller is not None,
        }

    def deletion():
        done = outcome(admin.delete_topics([topic]))
        time.sleep(CHANGE_S)
        return [done, outcome(admin.delete_topics([topic])), topic in admin.list_topics(timeout=WAIT_S).topics]

    return [
        ("admin of topics", topics),
        ("admin of configs", configs),
        ("admin of records", records),
        ("admin of groups", groups),
        ("admin of ACLs", acls),
        ("cluster", cluster),
        ("deletion of topics", deletion),
    ]


def admin_bootstrap(admin):
    """Where the client itself is told that the broker is."""
    broker = next(iter(admin.list_topics(timeout=WAIT_S).brokers.values()))
    return f"{broker.host}:{broker.port}"
