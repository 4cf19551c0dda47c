"""LocalStack's own start, with three things changed that its settings have no word for."""

import functools
import sys
import threading


def import_annotated_with_lock() -> None:
    """LocalStack 4.10 and later say `Lock | None` in an annotation. Before Python 3.13 `threading.Lock` is a function,
    which has no `|`; a class that makes the same locks stands in for it during that one import."""
    make_lock = threading.Lock

    class Lock:
        def __new__(cls):
            return make_lock()

    threading.Lock = Lock
    try:
        import localstack.packages.api  # noqa: F401
    finally:
        threading.Lock = make_lock


def listen_on_loopback() -> None:
    """GATEWAY_LISTEN names a host, but for IPv4 LocalStack passes only its port on, which means every interface."""
    from twisted.internet import endpoints

    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")


def use_running_dynamodb() -> None:
    """The tests start DynamoDB Local themselves, on the port of DYNAMODB_LOCAL_PORT: on 127.0.0.1, which it has no
    option for, and as a process that ends with the tests. LocalStack would download another, and its own Java."""
    from localstack.services.dynamodb.server import DynamodbServer

    def start_dynamodb(self) -> bool:
        self._started.set()
        self.wait_for_dynamodb()
        return True

    DynamodbServer.start_dynamodb = start_dynamodb
    DynamodbServer.stop_dynamodb = lambda self: None
    # Its proxy goes to `localhost`, which may be ::1 first.
    DynamodbServer.url = property(lambda self: f"http://127.0.0.1:{self.port}")


if sys.version_info < (3, 13):
    import_annotated_with_lock()
listen_on_loopback()
use_running_dynamodb()

from localstack.runtime.main import main  # noqa: E402

main()
