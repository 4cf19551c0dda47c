"""What users of confluent-kafka (librdkafka) do, once over. Usage: confluent.py BOOTSTRAP PREFIX"""

import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import confluent_admin
from confluent_connection import connection
from observe import CODECS, arguments, run, text

BOOTSTRAP, PREFIX = arguments()
CONNECTION = connection(BOOTSTRAP)
WAIT_S = 60
TOPIC = f"{PREFIX}-events"
admin = AdminClient(CONNECTION)


def create(name, partitions):
    # Some records are made to look old; retention must not take them.
    admin.create_topics([NewTopic(name, partitions, 1, config={"retention.ms": "-1"})])[name].result(WAIT_S)
    # Metadata follows a creation a moment later, on Kafka too.
    for _ in range(100):
        if name in admin.list_topics(timeout=5).topics:
            return
        time.sleep(0.05)


def producer(**config):
    return Producer({**CONNECTION, "linger.ms": 5, **config})


def consumer(group, **config):
    return Consumer(
        {
            **CONNECTION,
            "group.id": f"{PREFIX}-{group}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            **config,
        }
    )


def send(sender, topic, records):
    """Sends (partition, key, value, headers, timestamp) and returns error names by how often they came."""
    failed = {}
    offsets = []

    def done(error, message):
        if error:
            failed[error.name()] = failed.get(error.name(), 0) + 1
        else:
            offsets.append(message.offset())

    for partition, key, value, headers, timestamp in records:
        extra = {} if timestamp is None else {"timestamp": timestamp}
        sender.produce(topic, value, key, partition=partition, headers=headers, on_delivery=done, **extra)
        sender.poll(0)
    left = sender.flush(WAIT_S)
    return {"acknowledged": len(offsets), "failed": failed, "left": left}


def receive(reader, count, limit_s=WAIT_S):
    """Up to count messages, or what came within the limit."""
    got = []
    end = time.monotonic() + limit_s
    while len(got) < count and time.monotonic() < end:
        message = reader.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        got.append(message)
    return got


def shown(message):
    decode = lambda value: None if value is None else value.decode()
    headers = [[name, decode(value)] for name, value in message.headers() or []]
    return [message.partition(), message.offset(), decode(message.key()), decode(message.value()), headers]


def from_start(topic, partition, count):
    reader = consumer("reader")
    reader.assign([TopicPartition(topic, partition, 0)])
    try:
        return receive(reader, count)
    finally:
        reader.close()


def codecs():
    seen = {}
    for codec in CODECS:
        topic = f"{PREFIX}-{codec}"
        create(topic, 1)
        values = text(2000, 200)
        records = [(0, f"k{index % 7}", value, {"n": str(index)}, None) for index, value in enumerate(values)]
        sent = send(producer(**{"compression.type": codec, "batch.num.messages": 500}), topic, records)
        got = from_start(topic, 0, len(values))
        seen[codec] = {
            **sent,
            "same": [message.value().decode() for message in got] == values,
            "offsets": [message.offset() for message in got] == list(range(len(values))),
            "last": shown(got[-1])[:3] + shown(got[-1])[4:],
        }
    return seen


def nulls():
    topic = f"{PREFIX}-nulls"
    create(topic, 1)
    records = [
        (0, None, "no key", None, None),
        (0, "no value", None, None, None),
        (0, "", "", [("empty", ""), ("null", None), ("twice", "a"), ("twice", "b")], None),
        (0, None, None, None, None),
    ]
    sent = send(producer(), topic, records)
    return {**sent, "got": [shown(message) for message in from_start(topic, 0, 4)]}


def large():
    topic = f"{PREFIX}-large"
    create(topic, 1)
    sender = producer(**{"message.max.bytes": 4_000_000})
    sizes = [900_000, 1_000_000, 1_100_000, 10]
    sent = [send(sender, topic, [(0, None, "x" * size, None, None)]) for size in sizes]
    return {"sent": sent, "got": [len(message.value()) for message in from_start(topic, 0, 3)]}


def acks():
    topic = f"{PREFIX}-acks"
    create(topic, 1)
    failed = []
    for level in ("0", "1", "all"):
        failed.append(send(producer(acks=level), topic, [(0, "k", f"acks {level}", None, None)])["failed"])
        # Nobody answers what is sent with acks=0: were it not waited for, the next producer's might come before it.
        got = from_start(topic, 0, len(failed))
    return {"sent": failed, "got": [shown(message)[3] for message in got]}


def idempotent():
    topic = f"{PREFIX}-idempotent"
    create(topic, 2)
    sender = producer(**{"enable.idempotence": True, "batch.num.messages": 50})
    sent = send(sender, topic, [(index % 2, None, str(index), None, None) for index in range(1000)])
    got = [[int(message.value()) for message in from_start(topic, partition, 500)] for partition in (0, 1)]
    return {**sent, "ordered": [got[0] == list(range(0, 1000, 2)), got[1] == list(range(1, 1000, 2))]}


def partitioning():
    """The partitioner is the client's: what it makes of the metadata must be the same."""
    create(TOPIC, 4)
    sent = send(producer(), TOPIC, [(-1, f"key-{index}", str(index), None, None) for index in range(100)])
    counts = []
    for partition in range(4):
        counts.append(consumer("reader").get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=WAIT_S))
    return {**sent, "counts": counts}


def times():
    topic = f"{PREFIX}-times"
    create(topic, 1)
    base = 1_700_000_000_000
    send(producer(), topic, [(0, None, str(index), None, base + index * 1000) for index in range(100)])
    reader = consumer("times")
    asked = [base - 5, base, base + 1, base + 50_000, base + 50_500, base + 99_000, base + 99_001, -1, -2]
    found = [reader.offsets_for_times([TopicPartition(topic, 0, at)], timeout=WAIT_S)[0].offset for at in asked]
    # In the middle of a batch, and where nothing is any more.
    reader.assign([TopicPartition(topic, 0, 57)])
    middle = [shown(message)[3] for message in receive(reader, 3)]
    reader.seek(TopicPartition(topic, 0, 98))
    sought = [(shown(message)[3], message.timestamp()) for message in receive(reader, 2)]
    reader.close()
    return {"found": found, "middle": middle, "sought": sought}


def out_of_range():
    topic = f"{PREFIX}-times"
    seen = {}
    for reset in ("earliest", "latest", "error"):
        reader = consumer("range", **{"auto.offset.reset": reset})
        reader.assign([TopicPartition(topic, 0, 5000)])
        try:
            seen[reset] = [message.offset() for message in receive(reader, 1, 3)]
        except KafkaException as error:
            seen[reset] = error.args[0].name()
        reader.close()
    return seen


def wait_until(readers, settled):
    """Polls all readers in turn until they have settled; what comes meanwhile is returned."""
    got = []
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and not settled():
        for reader in readers:
            message = reader.poll(0.1)
            if message is not None and not message.error():
                got.append(message)
    return got


def partitions_of(reader):
    return sorted(part.partition for part in reader.assignment())


def groups(strategy):
    """One member, two, one again; what was committed is not read twice."""

    def step():
        config = {"partition.assignment.strategy": strategy}
        name = f"group-{strategy}"
        first = consumer(name, **config)
        first.subscribe([TOPIC])
        got = wait_until([first], lambda: len(first.assignment()) == 4)
        alone = partitions_of(first)
        got += receive(first, 100 - len(got))
        first.commit(asynchronous=False)
        second = consumer(name, **config)
        second.subscribe([TOPIC])
        again = wait_until([first, second], lambda: len(first.assignment()) == 2 and len(second.assignment()) == 2)
        shared = sorted(partitions_of(first) + partitions_of(second))
        first.close()
        again += wait_until([second], lambda: len(second.assignment()) == 4)
        took_over = partitions_of(second)
        committed = [part.offset for part in second.committed([TopicPartition(TOPIC, p) for p in range(4)], WAIT_S)]
        second.close()
        return {
            "read": sorted(int(message.value()) for message in got) == list(range(100)),
            "alone": alone,
            "shared": shared,
            "took over": took_over,
            "read again": len(again),
            "committed": committed,
        }

    return step


def static_member():
    """A static member that comes back has its partitions at once, and nobody else's change."""
    config = {"group.instance.id": "one", "session.timeout.ms": 30000}
    first = consumer("static", **config)
    other = consumer("static", **{"group.instance.id": "two", "session.timeout.ms": 30000})
    first.subscribe([TOPIC])
    other.subscribe([TOPIC])
    wait_until([first, other], lambda: len(first.assignment()) == 2 and len(other.assignment()) == 2)
    before = partitions_of(first)
    kept = partitions_of(other)
    first.close()
    back = consumer("static", **config)
    back.subscribe([TOPIC])
    wait_until([back, other], lambda: len(back.assignment()) == 2)
    same = [partitions_of(back) == before, partitions_of(other) == kept]
    back.close()
    other.close()
    return same


def commits():
    """Offsets with metadata, committed by hand and read back; a group that has none."""
    topic = f"{PREFIX}-times"
    reader = consumer("commits")
    reader.commit(offsets=[TopicPartition(topic, 0, 42, "why not")], asynchronous=False)
    back = reader.committed([TopicPartition(topic, 0)], WAIT_S)[0]
    reader.close()
    fresh = consumer("fresh")
    none = fresh.committed([TopicPartition(topic, 0)], WAIT_S)[0].offset
    fresh.close()
    resumed = consumer("commits")
    resumed.subscribe([topic])
    first = receive(resumed, 1)
    resumed.close()
    return {"offset": back.offset, "metadata": back.metadata, "none": none, "resumed": [shown(m)[3] for m in first]}


def automatic_creation():
    topic = f"{PREFIX}-automatic"
    sent = send(producer(), topic, [(-1, None, "first", None, None)])
    return {**sent, "partitions": len(admin.list_topics(topic, timeout=WAIT_S).topics[topic].partitions)}


run(
    [
        ("produce with every codec", codecs),
        ("null keys, values and headers", nulls),
        ("large records", large),
        ("acks 0, 1 and all", acks),
        ("idempotent producing", idempotent),
        ("partitioning by key", partitioning),
        ("offsets by time, and seeking", times),
        ("offsets out of range", out_of_range),
        ("group with range", groups("range")),
        ("group with roundrobin", groups("roundrobin")),
        ("group with cooperative-sticky", groups("cooperative-sticky")),
        ("static members", static_member),
        ("commits with metadata", commits),
        ("automatic creation of topics", automatic_creation),
        *confluent_admin.steps(admin, PREFIX),
    ]
)
