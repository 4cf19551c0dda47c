"""LocalStack's executor of Lambda functions without containers: each execution environment is a Node process."""

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from millrace_localstack.report import Invoked, log_lines
from millrace_localstack.sandbox import Answered, Sandbox, Work

RUNTIME = Path(__file__).with_name("runtime.mjs")
NODE = os.environ.get("MILLRACE_LAMBDA_NODE") or shutil.which("node")
# AWS stops an environment between invocations: timers and open connections then find that time has jumped.
FREEZES = os.environ.get("MILLRACE_LAMBDA_FREEZE") != "0"
KEPT_LOG_CHARS = 100_000


class ProcessExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._env: dict[str, str] = {}
        self._sandbox: Sandbox | None = None
        self._lock = threading.Lock()
        self._logs = ""
        self._private = Path(tempfile.gettempdir()) / f"lambda-{id}"

    def start(self, env_vars: dict[str, str]) -> None:
        self._env = {name: str(value) for name, value in env_vars.items()}
        error = self._fresh().begin(config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)
        if error is not None:
            self._keep(self._sandbox.take_output() if self._sandbox else "")
            raise StatusErrorException("Environment startup failed", payload=error)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        limit_seconds = float(self.function_version.config.timeout)
        begin = time.time()
        work = Work(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
            payload=payload["payload"].encode(),
            deadline=begin + limit_seconds,
        )
        sandbox = self._sandbox
        error = None
        if sandbox is None or not sandbox.alive:
            # The last invocation timed out or crashed. As on AWS, the next one starts the environment again.
            if sandbox:
                sandbox.end()
            sandbox = self._fresh()
            error = sandbox.begin(limit_seconds)
            # A second start is part of the invocation that waits for it, and not told apart.
            sandbox.init_ms = None
        if error is None:
            answer = sandbox.run(work, limit_seconds)
        else:
            answer = Answered(work.request_id, error, is_error=True)
        logs = self._report(sandbox, answer, time.time() - begin)
        return InvocationResult(work.request_id, answer.payload, is_error=answer.is_error, logs=logs)

    def stop(self) -> None:
        with self._lock:
            sandbox, self._sandbox = self._sandbox, None
        if sandbox:
            sandbox.end()
        shutil.rmtree(self._private, ignore_errors=True)

    def get_logs(self) -> str:
        return self._logs

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        runtime = function_version.config.runtime or ""
        if not runtime.startswith("nodejs"):
            raise LambdaRuntimeException(f"Functions run as Node processes here: {runtime or 'an image'} cannot.")
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """LocalStack removes the code itself."""

    @classmethod
    def validate_environment(cls) -> bool:
        return NODE is not None

    def _fresh(self) -> Sandbox:
        conf = self.function_version.config
        code = str(conf.code.get_unzipped_code_location())
        env = self._env | {
            "PATH": os.environ["PATH"],
            "HOME": str(self._private),
            "LAMBDA_TASK_ROOT": code,
            "TZ": ":UTC",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{conf.runtime}",
        }
        command = [NODE, f"--max-old-space-size={conf.memory_size}", str(RUNTIME)]
        sandbox = Sandbox(command, code, env, self._private, FREEZES)
        with self._lock:
            self._sandbox = sandbox
        return sandbox

    def _report(self, sandbox: Sandbox, answer: Answered, seconds: float) -> str:
        init_ms, sandbox.init_ms = sandbox.init_ms, None
        invoked = Invoked(
            request_id=answer.request_id,
            version=self.function_version.id.qualifier,
            memory_size_mb=self.function_version.config.memory_size,
            memory_used_mb=sandbox.peak_memory_mb(),
            duration_ms=seconds * 1000,
            init_ms=init_ms,
            failure=answer.failure,
        )
        logs = log_lines(invoked, sandbox.take_output())
        self._keep(logs)
        return logs

    def _keep(self, logs: str) -> None:
        self._logs = (self._logs + logs)[-KEPT_LOG_CHARS:]
