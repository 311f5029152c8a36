"""Where orch keeps its state: $ORCH_HOME."""

import os


def home() -> str:
    """Return $ORCH_HOME, absolute, without asking the disk."""
    named = os.environ.get("ORCH_HOME")
    if named:
        return os.path.abspath(os.path.expanduser(named))  # noqa: PTH100, PTH111 - pathlib costs 10 ms
    return os.path.expanduser("~/.orch")  # noqa: PTH111
