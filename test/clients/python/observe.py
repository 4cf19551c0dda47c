"""What the Python programs share: steps that print what they saw, and values to send."""

import json
import os
import sys
import traceback

# How to get in, as test/clients/security.ts says it; None where everybody may.
SECURITY = json.loads(os.environ.get("KAFKA_SECURITY", "null"))
# The only steps to take; None for all.
STEPS = json.loads(os.environ.get("STEPS", "null"))
# How long every broker may take to see what another one has changed.
CHANGE_S = int(os.environ["CHANGE_MS"]) / 1000
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def arguments():
    """The bootstrap server, and the prefix of all names."""
    return sys.argv[1], sys.argv[2]


def run(steps):
    """Runs the steps in order. One that goes wrong does not keep the next from its turn."""
    for name, step in steps:
        if STEPS is not None and name not in STEPS:
            continue
        try:
            seen = {"step": name, "saw": step()}
        except Exception as error:
            traceback.print_exc(limit=4)
            seen = {"step": name, "threw": f"{type(error).__name__}: {error}"}
        print(json.dumps(seen), flush=True)


def text(count, size):
    """Values that compress, and that no two indexes share."""
    return [f"{index:06d}".ljust(size, "abcdefghij"[index % 10]) for index in range(count)]
