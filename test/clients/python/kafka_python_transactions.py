"""What users of transactions do with kafka-python, once over. Usage: kafka_python_transactions.py BOOTSTRAP PREFIX"""

import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.structs import OffsetAndMetadata

from kafka_python_outcome import outcome
from observe import arguments, run

BOOTSTRAP, PREFIX = arguments()
WAIT_S = 60
admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)


def create(name, partitions=1):
    topic = f"{PREFIX}-{name}"
    admin.create_topics([NewTopic(topic, partitions, 1)])
    time.sleep(0.5)
    return topic


def producer(name=None, **config):
    settings = {"transactional_id": f"{PREFIX}-{name}", "transaction_timeout_ms": 20000} if name else {}
    made = KafkaProducer(bootstrap_servers=BOOTSTRAP, linger_ms=5, **settings, **config)
    if name:
        made.init_transactions()
    return made


def consumer(group=None, level="read_committed"):
    return KafkaConsumer(
        bootstrap_servers=BOOTSTRAP,
        group_id=group and f"{PREFIX}-{group}",
        isolation_level=level,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
        session_timeout_ms=6000,
    )


def send(by, topic, partition, *values):
    """All of them are acknowledged, or one of them throws."""
    sent = [by.send(topic, value.encode(), partition=partition) for value in values]
    by.flush(WAIT_S)
    for one in sent:
        one.get(WAIT_S)


def read(topic, partition, level, last):
    """Values with their offsets, up to the last one."""
    part = TopicPartition(topic, partition)
    reader = consumer(level=level)
    reader.assign([part])
    reader.seek_to_beginning(part)
    got = []
    end = time.monotonic() + WAIT_S
    while not (got and got[-1].endswith(f" {last}")) and time.monotonic() < end:
        for records in reader.poll(timeout_ms=200).values():
            got += [f"{record.offset} {record.value.decode()}" for record in records]
    reader.close()
    return got


def both(topic, partition, last):
    return [read(topic, partition, level, last) for level in ("read_committed", "read_uncommitted")]


def commit_and_abort():
    topic = create("both", 2)
    by = producer("both")
    for partition, value, ends in ((0, "a", by.commit_transaction), (0, "lost", by.abort_transaction), (0, "b", by.commit_transaction), (1, "c", by.commit_transaction)):
        by.begin_transaction()
        send(by, topic, partition, value, f"{value} too")
        ends()
    by.close()
    return [both(topic, 0, "b too"), both(topic, 1, "c too")]


def still_open():
    topic = create("open")
    by, other = producer("open"), producer()
    send(other, topic, 0, "before")
    by.begin_transaction()
    send(by, topic, 0, "within")
    send(other, topic, 0, "after")
    part = TopicPartition(topic, 0)
    ends = [consumer(level=level).end_offsets([part])[part] for level in ("read_committed", "read_uncommitted")]
    by.commit_transaction()
    seen = {"ends": ends, "after": both(topic, 0, "after")}
    by.close()
    other.close()
    return seen


def fencing():
    topic = create("fenced")
    zombie = producer("fenced")
    zombie.begin_transaction()
    send(zombie, topic, 0, "of the zombie")
    successor = producer("fenced")
    commit = outcome(zombie.commit_transaction)
    successor.begin_transaction()
    send(successor, topic, 0, "of the next")
    successor.commit_transaction()
    seen = {"commit": commit != "done", "read": both(topic, 0, "of the next")}
    successor.close()
    zombie.close(timeout=0)
    return seen


def offsets():
    """Reads, and writes what it has read with the offsets: once in vain, then for good."""
    source, target = create("source"), create("target")
    fill = producer()
    send(fill, source, 0, *[str(number) for number in range(20)])
    fill.close()
    by = producer("offsets")
    part = TopicPartition(source, 0)
    committed = []
    for ends in (by.abort_transaction, by.commit_transaction):
        reader = consumer("mover")
        reader.subscribe([source])
        got = []
        limit = time.monotonic() + WAIT_S
        # For long: kafka-python 3.0.12 loses a join that comes to its end between two polls.
        while len(got) < 20 and time.monotonic() < limit:
            for records in reader.poll(timeout_ms=5_000).values():
                got += records
        by.begin_transaction()
        send(by, target, 0, *[f"{record.value.decode()}!" for record in got])
        by.send_offsets_to_transaction({part: OffsetAndMetadata(got[-1].offset + 1, "moved", -1)}, reader.group_metadata())
        ends()
        committed.append(reader.committed(part))
        reader.close()
    by.begin_transaction()
    send(by, target, 0, "the end")
    by.commit_transaction()
    by.close()
    target_read = read(target, 0, "read_committed", "the end")
    return {"committed": committed, "first": target_read[:2], "count": len(target_read)}


run(
    [
        ("commit and abort", commit_and_abort),
        ("an open transaction", still_open),
        ("fencing of a zombie", fencing),
        ("offsets that move with a transaction", offsets),
    ]
)
