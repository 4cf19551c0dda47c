"""What users of transactions do with confluent-kafka (librdkafka), once over. Usage: confluent_transactions.py BOOTSTRAP PREFIX"""

import time

from confluent_kafka import Consumer, IsolationLevel, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from confluent_connection import connection
from observe import arguments, run

BOOTSTRAP, PREFIX = arguments()
CONNECTION = connection(BOOTSTRAP)
WAIT_S = 60
admin = AdminClient(CONNECTION)


def create(name, partitions):
    topic = f"{PREFIX}-{name}"
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(WAIT_S)
    time.sleep(0.5)
    return topic


def producer(name, **config):
    settings = {"transactional.id": f"{PREFIX}-{name}", "transaction.timeout.ms": 20000, "linger.ms": 5}
    made = Producer({**CONNECTION, **settings, **config})
    made.init_transactions(WAIT_S)
    return made


def consumer(group, level="read_committed"):
    config = {"group.id": f"{PREFIX}-{group}", "isolation.level": level, "enable.partition.eof": True}
    return Consumer({**CONNECTION, **config, "auto.offset.reset": "earliest", "enable.auto.commit": False})


def send(by, topic, partition, *values):
    for value in values:
        by.produce(topic, value, partition=partition)
    by.poll(0)


def read(topic, partition, level):
    """Values with their offsets, up to the end that this level sees."""
    reader = consumer("reader", level)
    reader.assign([TopicPartition(topic, partition, 0)])
    got = []
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        message = reader.poll(0.2)
        if message is None:
            continue
        if message.error():
            got.append(f"end {message.offset()}")
            break
        got.append(f"{message.offset()} {message.value().decode()}")
    reader.close()
    return got


def ended(topic, partition=0):
    """Kafka answers the end of a transaction before its markers are written."""
    part = TopicPartition(topic, partition)
    ends = lambda level: admin.list_offsets({part: OffsetSpec.latest()}, isolation_level=level)[part].result(WAIT_S).offset
    limit = time.monotonic() + WAIT_S
    while ends(IsolationLevel.READ_COMMITTED) != ends(IsolationLevel.READ_UNCOMMITTED) and time.monotonic() < limit:
        time.sleep(0.05)


def after(topic, partition=0):
    ended(topic, partition)
    return both(topic, partition)


def both(topic, partition=0):
    return [read(topic, partition, level) for level in ("read_committed", "read_uncommitted")]


def outcome(work):
    try:
        work()
        return "done"
    except KafkaException as error:
        kind = error.args[0]
        return [kind.name(), kind.fatal(), kind.txn_requires_abort()]


def commit_and_abort():
    topic = create("both", 2)
    by = producer("both")
    for partition, value, ends in ((0, "a", by.commit_transaction), (0, "lost", by.abort_transaction), (1, "b", by.commit_transaction)):
        by.begin_transaction()
        send(by, topic, partition, value, f"{value} too")
        by.flush(WAIT_S)
        ends(WAIT_S)
    return [after(topic, 0), after(topic, 1)]


def still_open():
    topic = create("open", 1)
    by = producer("open")
    other = Producer(CONNECTION)
    send(other, topic, 0, "before")
    other.flush(WAIT_S)
    by.begin_transaction()
    send(by, topic, 0, "within")
    by.flush(WAIT_S)
    send(other, topic, 0, "after")
    other.flush(WAIT_S)
    during = both(topic)
    by.commit_transaction(WAIT_S)
    return {"during": during, "after": after(topic)}


def fencing():
    topic = create("fenced", 1)
    zombie = producer("fenced")
    zombie.begin_transaction()
    send(zombie, topic, 0, "of the zombie")
    zombie.flush(WAIT_S)
    successor = producer("fenced")
    commit = outcome(lambda: zombie.commit_transaction(WAIT_S))
    successor.begin_transaction()
    send(successor, topic, 0, "of the next")
    successor.commit_transaction(WAIT_S)
    return {"commit": commit, "read": after(topic)}


def offsets():
    """Reads, and writes what it has read with the offsets: once in vain, then for good."""
    source, target = create("source", 1), create("target", 1)
    fill = Producer(CONNECTION)
    send(fill, source, 0, *[str(number) for number in range(20)])
    fill.flush(WAIT_S)
    by = producer("offsets")
    committed = []
    for ends in (by.abort_transaction, by.commit_transaction):
        reader = consumer("mover")
        reader.subscribe([source])
        got = []
        limit = time.monotonic() + WAIT_S
        while len(got) < 20 and time.monotonic() < limit:
            message = reader.poll(0.2)
            if message is not None and not message.error():
                got.append(message)
        by.begin_transaction()
        send(by, target, 0, *[f"{message.value().decode()}!" for message in got])
        by.flush(WAIT_S)  # an abort drops what is not sent yet: then its offsets would be those of a race
        by.send_offsets_to_transaction(reader.position(reader.assignment()), reader.consumer_group_metadata(), WAIT_S)
        ends(WAIT_S)
        committed.append([part.offset for part in reader.committed([TopicPartition(source, 0)], WAIT_S)])
        reader.close()
    ended(target)
    target_read = read(target, 0, "read_committed")
    return {"committed": committed, "first": target_read[:2], "count": len(target_read)}


run(
    [
        ("commit and abort", commit_and_abort),
        ("an open transaction", still_open),
        ("fencing of a zombie", fencing),
        ("offsets that move with a transaction", offsets),
    ]
)
