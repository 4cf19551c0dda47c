from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Found by LocalStack through the entry point in pyproject.toml, chosen by LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self, *args, **kwargs):
        # Not at the top: the plugin manager imports every plugin's module, also when another is chosen.
        from millrace_localstack.executor import ProcessExecutor

        return ProcessExecutor
