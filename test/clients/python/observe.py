"""What the Python programs share: steps that print what they saw, and values to send."""

import json
import sys
import traceback

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def arguments():
    """The bootstrap server, and the prefix of all names."""
    return sys.argv[1], sys.argv[2]


def run(steps):
    """Runs the steps in order. One that goes wrong does not keep the next from its turn."""
    for name, step in steps:
        try:
            seen = {"step": name, "saw": step()}
        except Exception as error:
            traceback.print_exc(limit=4)
            seen = {"step": name, "threw": f"{type(error).__name__}: {error}"}
        print(json.dumps(seen), flush=True)


def text(count, size):
    """Values that compress, and that no two indexes share."""
    return [f"{index:06d}".ljust(size, "abcdefghij"[index % 10]) for index in range(count)]
