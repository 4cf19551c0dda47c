"""
Producers and members of groups on librdkafka that work until they are told to stop, in one process. Each line of its
input is a command, each of its output an event: test/clients/members.ts says which.
"""

import faulthandler
import json
import signal
import sys
import threading
import time
import traceback

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

# As a JVM does: what each thread is at, for whoever wonders why nothing happens.
faulthandler.register(signal.SIGQUIT, all_threads=True)
printing = threading.Lock()
told = {}
# What a commit meets in a rebalance, as it should: what was not committed is read once more.
PASSING = {
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.STALE_MEMBER_EPOCH,
    KafkaError._ASSIGNMENT_LOST,
    KafkaError._NO_OFFSET,
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError._WAIT_COORD,
    KafkaError.REQUEST_TIMED_OUT,
}


def event(name, kind, what=None):
    line = json.dumps({"name": name, "event": kind, "atMs": time.time() * 1000, "what": what})
    with printing:
        print(line, flush=True)


def produce(name, command):
    """One value after another, partition after partition; some are always under way."""

    def done(error, message):
        if error:
            event(name, "refused", f"{message.value().decode()} {error}")
        else:
            event(name, "sent", [message.partition(), message.offset(), message.value().decode()])

    producer = Producer(command["config"])
    number = 0
    while not told[name].is_set():
        partition = number % command["partitions"]
        producer.produce(command["topic"], f"{name}:{number}", partition=partition, on_delivery=done)
        producer.poll(command["everyMs"] / 1000)
        number += 1
    producer.flush()


def consume(name, command):
    """Reads, and commits what it has read, again and again."""

    def noting(kind):
        return lambda _, parts: event(name, kind, sorted(part.partition for part in parts))

    consumer = Consumer(command["config"])
    listeners = {f"on_{kind}": noting({"assign": "assigned", "revoke": "revoked", "lost": "lost"}[kind]) for kind in ("assign", "revoke", "lost")}
    consumer.subscribe([command["topic"]], **listeners)
    event(name, "joining")
    while not told[name].is_set():
        step(name, consumer)
    consumer.close()


def step(name, consumer):
    got = []
    for message in consumer.consume(500, 0.1):
        error = message.error()
        if error is None:
            got.append(message)
        elif not error.retriable() and error.code() not in PASSING:
            raise KafkaException(error)
    if not got:
        return
    event(name, "read", [[message.partition(), message.offset(), message.value().decode()] for message in got])
    ends = {message.partition(): message.offset() + 1 for message in got}
    topic = got[0].topic()
    try:
        consumer.commit(offsets=[TopicPartition(topic, part, at) for part, at in ends.items()], asynchronous=False)
        event(name, "committed", ends)
    except KafkaException as refused:
        if refused.args[0].code() not in PASSING:
            raise
        event(name, "not committed", str(refused))


def move(name, command):
    """Moves records from one topic into another, each exactly once: with the offsets, in one transaction after another."""
    consumer = Consumer(command["config"])
    consumer.subscribe([command["topic"]])
    producer = transactional(command)
    while not told[name].is_set():
        got = [message for message in consumer.consume(500, 0.1) if message.error() is None]
        if not got:
            continue
        try:
            producer.begin_transaction()
            for message in got:
                producer.produce(command["to"], message.value(), partition=message.partition())
            next_offsets = {message.partition(): message.offset() + 1 for message in got}
            parts = [TopicPartition(command["topic"], part, at) for part, at in next_offsets.items()]
            persist(lambda: producer.send_offsets_to_transaction(parts, consumer.consumer_group_metadata(), 60))
            persist(lambda: producer.commit_transaction(60))
            event(name, "moved", len(got))
        except KafkaException as failed:
            event(name, "moved again", str(failed))
            try:
                persist(lambda: producer.abort_transaction(60))
            except KafkaException:
                # Beyond repair: a new producer ends what this one has left open.
                producer = transactional(command)
            for part in consumer.committed(consumer.assignment(), 60):
                consumer.seek(TopicPartition(part.topic, part.partition, max(part.offset, 0)))
    consumer.close()


def transactional(command):
    producer = Producer(command["producer"])
    persist(lambda: producer.init_transactions(60))
    return producer


def persist(call):
    """librdkafka says which of a transaction's calls are to be made again."""
    while True:
        try:
            return call()
        except KafkaException as failed:
            if not failed.args[0].retriable():
                raise
            time.sleep(0.1)


def start(name, work, command):
    told[name] = threading.Event()

    def run():
        try:
            work(name, command)
            event(name, "stopped")
        except Exception as error:
            traceback.print_exc()
            event(name, "failed", f"{type(error).__name__}: {error}")

    threading.Thread(target=run, daemon=True).start()


for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "stop":
        told[command["name"]].set()
    else:
        start(command["name"], {"produce": produce, "consume": consume, "move": move}[command["do"]], command)
