"""What Lambda writes about an invocation into its log stream, and into the answers for which no handler speaks."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

# "Payload" in https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 100 bytes over.
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100


@dataclass(frozen=True)
class Failure:
    """An error that the service reports in the function's place."""

    type: str
    message: str

    def payload(self) -> bytes:
        return json.dumps({"errorType": self.type, "errorMessage": self.message}).encode()


def exited(status: int | None, request_id: str | None = None) -> Failure:
    if status == 0:
        how = "Runtime exited without providing a reason"
    elif status is not None and status < 0:
        how = f"Runtime exited with error: signal: {-status}"
    else:
        how = f"Runtime exited with error: exit status {status}"
    return Failure("Runtime.ExitError", f"RequestId: {request_id} Error: {how}" if request_id else f"Error: {how}")


def timed_out(limit_seconds: float, request_id: str) -> Failure:
    return Failure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {limit_seconds:.2f} seconds")


def too_large(size_bytes: int) -> Failure:
    return Failure(
        "Function.ResponseSizeTooLarge",
        f"Response payload size ({size_bytes} bytes) exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
    )


def peak_memory_mb(pid: int) -> int | None:
    """The most memory that the process has held; only Linux tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) // 1024 if peak else None


@dataclass(frozen=True)
class Invoked:
    """The figures of one invocation, for its REPORT line."""

    request_id: str
    version: str
    memory_size_mb: int
    memory_used_mb: int | None
    duration_ms: float
    init_ms: float | None
    failure: Failure | None


def log_lines(invoked: Invoked, output: str) -> str:
    """The lines of https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html around what the function wrote."""
    request = f"RequestId: {invoked.request_id}"
    if output and not output.endswith("\n"):
        output += "\n"
    if invoked.failure:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        output += f"{stamp} {invoked.request_id} {invoked.failure.message.partition('Error: ')[2] or invoked.failure.message}\n"
    figures = [
        f"REPORT {request}",
        f"Duration: {invoked.duration_ms:.2f} ms",
        f"Billed Duration: {int(invoked.duration_ms + (invoked.init_ms or 0)) + 1} ms",
        f"Memory Size: {invoked.memory_size_mb} MB",
        f"Max Memory Used: {invoked.memory_used_mb or invoked.memory_size_mb} MB",
    ]
    if invoked.init_ms is not None:
        figures.append(f"Init Duration: {invoked.init_ms:.2f} ms")
    report = "\t".join(figures)
    return f"START {request} Version: {invoked.version}\n{output}END {request}\n{report}\n"
