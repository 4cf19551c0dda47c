"""What a call to kafka-python came to."""

from kafka.errors import KafkaError


def outcome(work):
    """"done", or the name of the error that it raised."""
    try:
        work()
        return "done"
    except KafkaError as error:
        return type(error).__name__
