"""What users of kafka-python administer: topics and their configs, records, groups, ACLs."""

import time

from kafka import TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    OffsetTimestamp,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.structs import OffsetAndMetadata

from kafka_python_outcome import outcome
from observe import CHANGE_S


def steps(admin, prefix, events):
    """The steps; `events` is a topic with four partitions, which the group `PREFIX-group` has read."""
    topic = f"{prefix}-admin"

    def topics():
        seen = {"made": outcome(lambda: admin.create_topics([NewTopic(topic, 2, 1)]))}
        time.sleep(CHANGE_S)
        seen["again"] = outcome(lambda: admin.create_topics([NewTopic(topic, 2, 1)]))
        seen["more"] = outcome(lambda: admin.create_partitions({topic: NewPartitions(4)}))
        time.sleep(CHANGE_S)
        seen["partitions"] = len(admin.describe_topics([topic])[0]["partitions"])
        return seen

    def configs():
        names = ["retention.ms", "cleanup.policy", "max.message.bytes"]

        def described():
            resource = ConfigResource(ConfigResourceType.TOPIC, topic, names)
            found = admin.describe_configs([resource], config_filter="all")["topic"][topic]
            return {name: [one["value"], one["config_source"], one["config_type"]] for name, one in found.items()}

        def change(work, values):
            # The error's name stands before what the server says of it.
            answer = work([ConfigResource(ConfigResourceType.TOPIC, topic, values)])["topic"][topic].split(":")[0]
            time.sleep(CHANGE_S)
            return [answer, described()]

        return {
            "before": described(),
            "altered": change(admin.alter_configs, {"retention.ms": "7200000", "cleanup.policy": "compact,delete"}),
            "reset": change(admin.reset_configs, ["cleanup.policy"]),
            "bad value": change(admin.alter_configs, {"retention.ms": "soon"})[0],
        }

    def records():
        part = TopicPartition(events, 0)

        def ends():
            return [admin.list_partition_offsets({part: spec})[part].offset for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)]

        before = ends()
        low = [one["low_watermark"] for one in admin.delete_records({part: 5}).values()]
        beyond = outcome(lambda: admin.delete_records({part: 5_000}))
        return {"before": before, "low": low, "after": ends(), "beyond": beyond}

    def groups():
        name = f"{prefix}-group"
        parts = [TopicPartition(events, partition) for partition in range(4)]

        def offsets():
            found = admin.list_group_offsets([name])[name]
            return sorted([part.partition, one.offset, one.metadata] for part, one in found.items())

        def errors(answers):
            return sorted([part.partition, error.__name__] for part, error in answers.items())

        described = admin.describe_groups([name, f"{prefix}-nobody"])
        seen = {
            "state": described[name]["group_state"],
            "nobody": described[f"{prefix}-nobody"]["group_state"],
            "listed": name in [group["group_id"] for group in admin.list_groups()],
            "offsets": offsets(),
        }
        moved = {parts[0]: OffsetAndMetadata(7, "moved", -1), parts[1]: OffsetAndMetadata(1, "", -1)}
        seen["altered"] = [errors(admin.alter_group_offsets(name, moved)), offsets()]
        # Records are gone from the first partition; the third is asked for a time before all of it, the fourth for more.
        targets = {parts[0]: OffsetSpec.EARLIEST, parts[1]: OffsetSpec.LATEST, parts[2]: OffsetTimestamp(1), parts[3]: 5_000}
        reset = admin.reset_group_offsets(name, targets)
        seen["reset"] = [errors({part: one["error"] for part, one in reset.items()}), offsets()]
        seen["removed"] = [errors(admin.delete_group_offsets(name, parts[:1])), offsets()]
        seen["deleted"] = admin.delete_groups([name])[name]
        seen["deleted again"] = admin.delete_groups([name])[name]
        return seen

    def acls():
        literal = ACLResourcePatternType.LITERAL

        def rule(principal, operation, permission):
            return ACL(principal, "*", operation, permission, ResourcePattern(ResourceType.TOPIC, topic, literal))

        def rules_of(principal):
            pattern = ResourcePatternFilter(ResourceType.TOPIC, topic, literal)
            return ACLFilter(principal, None, ACLOperation.ANY, ACLPermissionType.ANY, pattern)

        def shown(rules):
            return sorted([one.principal, one.operation.name, one.permission_type.name, one.host] for one in rules)

        made = admin.create_acls([
            rule("User:alice", ACLOperation.READ, ACLPermissionType.ALLOW),
            rule("User:bob", ACLOperation.WRITE, ACLPermissionType.DENY),
        ])
        time.sleep(CHANGE_S)
        found = shown(admin.describe_acls(rules_of(None))[0])
        gone = [shown(rules) for _, rules, _ in admin.delete_acls([rules_of("User:bob")])]
        time.sleep(CHANGE_S)
        left = shown(admin.describe_acls(rules_of(None))[0])
        return {"made": [len(made["succeeded"]), len(made["failed"])], "found": found, "gone": gone, "left": left}

    def deletion():
        seen = {"gone": outcome(lambda: admin.delete_topics([topic]))}
        time.sleep(CHANGE_S)
        seen["gone again"] = outcome(lambda: admin.delete_topics([topic]))
        seen["listed"] = topic in admin.list_topics()
        return seen

    return [
        ("admin of topics", topics),
        ("admin of configs", configs),
        ("admin of records", records),
        ("admin of groups", groups),
        ("admin of ACLs", acls),
        ("deletion of topics", deletion),
    ]
