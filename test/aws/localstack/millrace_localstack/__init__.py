"""LocalStack in host mode for the deployment test: `python -m millrace_localstack` starts it on 127.0.0.1, and Lambda
functions run as local Node processes (executor.py, sandbox.py, report.py, and the Node side in runtime.mjs)."""
