"""What users of kafka-python do, once over. Usage: kafka_python.py BOOTSTRAP PREFIX"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import MemberToRemove, NewTopic
from kafka.structs import OffsetAndMetadata

import kafka_python_admin
from observe import CODECS, SECURITY, arguments, run, text

BOOTSTRAP, PREFIX = arguments()
TOPIC = f"{PREFIX}-events"
WAIT_S = 60
POLL_MS = 2_000


def connection():
    config = {"bootstrap_servers": BOOTSTRAP}
    if SECURITY is not None:
        config.update({"security_protocol": "SSL", "ssl_cafile": SECURITY["ca"]})
        if "identity" in SECURITY:
            config.update({"ssl_certfile": SECURITY["identity"], "ssl_keyfile": SECURITY["identity"]})
        if "sasl" in SECURITY:
            sasl = SECURITY["sasl"]
            config.update({"security_protocol": "SASL_SSL", "sasl_mechanism": sasl["mechanism"]})
            config.update({"sasl_plain_username": sasl["username"], "sasl_plain_password": sasl["password"]})
    return config


admin = KafkaAdminClient(**connection())


def create(name, partitions):
    # Some records are made to look old; retention must not take them.
    admin.create_topics([NewTopic(name, partitions, 1, topic_configs={"retention.ms": "-1"})])
    time.sleep(0.2)


def producer(**config):
    return KafkaProducer(**connection(), linger_ms=5, **config)


def consumer(*topics, **config):
    return KafkaConsumer(
        *topics,
        **connection(),
        **{"auto_offset_reset": "earliest", "enable_auto_commit": False, "session_timeout_ms": 6000, **config},
    )


def receive(reader, count, limit_s=WAIT_S):
    got = []
    end = time.monotonic() + limit_s
    while len(got) < count and time.monotonic() < end:
        for records in reader.poll(timeout_ms=200, max_records=count - len(got)).values():
            got += records
    return got


def from_start(topic, count):
    reader = consumer()
    reader.assign([TopicPartition(topic, 0)])
    reader.seek_to_beginning()
    try:
        return receive(reader, count)
    finally:
        reader.close()


def shown(record):
    return [record.partition, record.offset, record.key and record.key.decode(), [[k, v.decode()] for k, v in record.headers]]


def codecs():
    seen = {}
    for codec in CODECS:
        topic = f"{PREFIX}-{codec}"
        create(topic, 1)
        sender = producer(compression_type=None if codec == "none" else codec, batch_size=40_000)
        values = text(1000, 200)
        sent = [
            sender.send(topic, value.encode(), f"k{index % 7}".encode(), [("n", str(index).encode())])
            for index, value in enumerate(values)
        ]
        sender.flush(WAIT_S)
        sender.close()
        got = from_start(topic, len(values))
        seen[codec] = {
            "acknowledged": [one.get(WAIT_S).offset for one in sent] == list(range(len(values))),
            "same": [record.value.decode() for record in got] == values,
            "last": shown(got[-1]),
        }
    return seen


def idempotent():
    topic = f"{PREFIX}-idempotent"
    create(topic, 1)
    sender = producer(enable_idempotence=True)
    for index in range(500):
        sender.send(topic, str(index).encode())
    sender.close()
    return [int(record.value) for record in from_start(topic, 500)] == list(range(500))


def times():
    topic = f"{PREFIX}-times"
    create(topic, 1)
    base = 1_700_000_000_000
    sender = producer()
    for index in range(100):
        sender.send(topic, str(index).encode(), timestamp_ms=base + index * 1000)
    sender.close()
    part = TopicPartition(topic, 0)
    reader = consumer()
    reader.assign([part])
    found = []
    for at in (base - 5, base, base + 50_500, base + 99_000, base + 99_001):
        place = reader.offsets_for_times({part: at})[part]
        found.append(place and [place.offset, place.timestamp - base])
    reader.seek(part, 57)
    middle = [record.value.decode() for record in receive(reader, 3)]
    ends = [reader.beginning_offsets([part])[part], reader.end_offsets([part])[part]]
    reader.close()
    return {"found": found, "middle": middle, "ends": ends}


def settle(readers, shares):
    """
    Polls until the members have that many partitions each; each in its own thread and for long, as kafka-python 3.0.12
    loses a join that comes to its end between two polls: it joins once more, or is left without partitions for ever.
    """
    got, settled = [], threading.Event()

    def poll(reader):
        while not settled.is_set():
            for records in reader.poll(timeout_ms=POLL_MS).values():
                got.extend(records)

    with ThreadPoolExecutor(len(readers)) as threads:
        polling = [threads.submit(poll, reader) for reader in readers]
        end = time.monotonic() + WAIT_S
        while [len(reader.assignment()) for reader in readers] != shares and time.monotonic() < end:
            time.sleep(0.02)
        settled.set()
    for one in polling:
        one.result()
    return got


def groups():
    create(TOPIC, 4)
    sender = producer()
    for index in range(100):
        sender.send(TOPIC, str(index).encode(), f"key-{index}".encode())
    sender.close()
    first = consumer(TOPIC, group_id=f"{PREFIX}-group")
    got = settle([first], [4])
    got += receive(first, 100 - len(got))
    first.commit()
    second = consumer(TOPIC, group_id=f"{PREFIX}-group")
    again = settle([first, second], [2, 2])
    shared = sorted(part.partition for reader in (first, second) for part in reader.assignment())
    first.close()
    again += settle([second], [4])
    committed = [second.committed(TopicPartition(TOPIC, partition)) for partition in range(4)]
    second.close()
    return {
        "read": sorted(int(record.value) for record in got) == list(range(100)),
        "shared": shared,
        "read again": len(again),
        "committed": committed,
    }


def commits():
    part = TopicPartition(f"{PREFIX}-times", 0)
    reader = consumer(group_id=f"{PREFIX}-commits")
    reader.assign([part])
    reader.commit({part: OffsetAndMetadata(42, "why not", -1)})
    back = reader.committed(part, metadata=True)
    reader.close()
    resumed = consumer(group_id=f"{PREFIX}-commits")
    resumed.assign([part])
    first = receive(resumed, 1)
    resumed.close()
    return {"back": [back.offset, back.metadata], "resumed": first[0].value.decode()}


def static_member():
    """A static member that closes stays one, with its partitions, until it comes back or is removed by its name."""
    name = f"{PREFIX}-static"

    def visit():
        reader = consumer(TOPIC, group_id=name, group_instance_id="one", session_timeout_ms=30_000)
        settle([reader], [4])
        reader.close()
        described = admin.describe_groups([name])[name]
        return [described["group_state"], [member["group_instance_id"] for member in described["members"]]]

    visits = [visit(), visit()]
    admin.remove_group_members(name, [MemberToRemove(group_instance_id="one")])
    described = admin.describe_groups([name])[name]
    return {"visits": visits, "removed": [described["group_state"], len(described["members"])]}


run(
    [
        ("produce with every codec", codecs),
        ("idempotent producing", idempotent),
        ("offsets by time, and seeking", times),
        ("group with rebalances", groups),
        ("a static member", static_member),
        ("commits with metadata", commits),
        *kafka_python_admin.steps(admin, PREFIX, TOPIC),
    ]
)
