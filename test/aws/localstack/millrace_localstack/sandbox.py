"""One execution environment: a Node process and, on a port of its own, the Runtime API that it asks for work.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html says what the two tell each other. An environment does
one thing at a time: it starts, works, is frozen until there is work again, ends."""

import http.client
import os
import queue
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from millrace_localstack.report import MAX_RESPONSE_BYTES, Failure, exited, peak_memory_mb, timed_out, too_large

ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"


@dataclass(frozen=True)
class Work:
    request_id: str
    function_arn: str
    trace_id: str
    payload: bytes
    deadline: float
    """In seconds since 1970."""


@dataclass(frozen=True)
class Asked:
    """The process asks for work: it is done with what it did before."""


@dataclass(frozen=True)
class Answered:
    request_id: str
    payload: bytes
    is_error: bool
    failure: Failure | None = None


@dataclass(frozen=True)
class InitFailed:
    payload: bytes


@dataclass(frozen=True)
class Exited:
    status: int


Told = Asked | Answered | InitFailed | Exited


class RuntimeApi(BaseHTTPRequestHandler):
    """The service's side of the Runtime API, for the sandbox in `server.sandbox`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        """LocalStack's log is not the place for each request."""

    def do_GET(self):
        sandbox: Sandbox = self.server.sandbox
        if self.path != "/2018-06-01/runtime/invocation/next":
            return self._reply(404)
        sandbox.told.put(Asked())
        work = sandbox.work.get()
        if work is None:
            self.close_connection = True
            return
        self._reply(
            200,
            work.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": work.request_id,
                "Lambda-Runtime-Deadline-Ms": str(int(work.deadline * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": work.function_arn,
                "Lambda-Runtime-Trace-Id": work.trace_id,
            },
        )

    def do_POST(self):
        sandbox: Sandbox = self.server.sandbox
        try:
            body, trailers = self._body()
        except (ValueError, OSError):
            # The process ended in mid-sentence; that it ended is told by whoever waits for it.
            self.close_connection = True
            return
        match self.path.split("/")[3:]:
            case ["init", "error"]:
                sandbox.told.put(InitFailed(body))
            case ["invocation", request_id, "error"]:
                sandbox.told.put(Answered(request_id, body, is_error=True))
            case ["invocation", request_id, "response"]:
                streamed = self.headers.get("Lambda-Runtime-Function-Response-Mode") == "streaming"
                if not streamed and len(body) > MAX_RESPONSE_BYTES:
                    failure = too_large(len(body))
                    sandbox.told.put(Answered(request_id, failure.payload(), is_error=True, failure=failure))
                    return self._reply(413)
                # A stream that broke says so after its bytes.
                sandbox.told.put(Answered(request_id, body, is_error=trailers.get(ERROR_TYPE) is not None))
            case _:
                return self._reply(404)
        self._reply(202)

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> tuple[bytes, http.client.HTTPMessage]:
        """The body and what trails it; a streamed one comes in chunks, which the base class does not undo."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0)), http.client.HTTPMessage()
        body = bytearray()
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        return bytes(body), http.client.parse_headers(self.rfile)


class Sandbox:
    """Starts the process at once; `begin` waits until it is ready."""

    def __init__(self, command: list[str], folder: str, env: dict[str, str], private: Path, freezes: bool):
        self.work: queue.Queue[Work | None] = queue.Queue()
        self.told: queue.Queue[Told] = queue.Queue()
        self.init_ms: float | None = None
        self._freezes = freezes
        self._born = time.monotonic()
        private.mkdir(parents=True, exist_ok=True)
        # A file, not a pipe: after an invocation all that was written is there to be read, and nobody blocks on it.
        self._output = private / "output"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        self._server.daemon_threads = True
        self._server.sandbox = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        api = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}", "TMPDIR": str(private)}
        with self._output.open("ab") as output:
            # In LocalStack's process group, so that whoever ends the group ends this, frozen or not.
            self._process = subprocess.Popen(
                command, cwd=folder, env=env | api, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        threading.Thread(target=lambda: self.told.put(Exited(self._process.wait())), daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def begin(self, limit_seconds: float) -> bytes | None:
        """Waits for the process to be ready; returns the error if it is not."""
        try:
            told = self.told.get(timeout=limit_seconds)
        except queue.Empty:
            return Failure("Sandbox.Timedout", f"Error: Init timed out after {limit_seconds:.2f} seconds").payload()
        match told:
            case Asked():
                self.init_ms = (time.monotonic() - self._born) * 1000
                return None
            case InitFailed(payload):
                return payload
            case Exited(status):
                return exited(status).payload()
            case Answered():
                raise RuntimeError("the runtime answered before it was asked")

    def run(self, work: Work, limit_seconds: float) -> Answered:
        """Hands over work and waits until it is answered and the process asks for more, which is when AWS freezes it."""
        self._signal(signal.SIGCONT)
        self.work.put(work)
        answer: Answered | None = None
        while True:
            try:
                told = self.told.get(timeout=max(0.001, work.deadline - time.time()))
            except queue.Empty:
                self.end()
                return answer or self._failed(work, timed_out(limit_seconds, work.request_id))
            match told:
                case Answered(request_id) if request_id == work.request_id:
                    answer = told
                case Asked() if answer is not None:
                    if self._freezes:
                        self._signal(signal.SIGSTOP)
                    return answer
                case Exited(status):
                    return answer or self._failed(work, exited(status, work.request_id))

    def take_output(self) -> str:
        """What the process has written since it was last asked."""
        with self._output.open("r+b") as output:
            text = output.read().decode(errors="replace")
            output.truncate(0)
        return text

    def peak_memory_mb(self) -> int | None:
        return peak_memory_mb(self._process.pid)

    def end(self) -> None:
        """Ends the process, whatever it does, and its Runtime API."""
        self._signal(signal.SIGKILL)
        self._process.wait()
        self.work.put(None)

        def close():
            self._server.shutdown()
            self._server.server_close()

        threading.Thread(target=close, daemon=True).start()

    def _failed(self, work: Work, failure: Failure) -> Answered:
        return Answered(work.request_id, failure.payload(), is_error=True, failure=failure)

    def _signal(self, number: int) -> None:
        if self.alive:
            os.kill(self._process.pid, number)
