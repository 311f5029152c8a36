"""How a client starts the daemon: the command, a clean environment, and the answer it waits for."""

import os
import sys

MODULE = "orch.daemon"
"""What `python -m` runs."""

_KEPT = frozenset(
    {
        "HOME",
        "LANG",
        "LANGUAGE",
        "LOGNAME",
        "PATH",
        "SHELL",
        "SSH_AUTH_SOCK",
        "TMPDIR",
        "TZ",
        "USER",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_STATE_HOME",
    }
)
_KEPT_FAMILIES = ("LC_", "GIT_SSH", "GIT_ASKPASS", "GIT_SSL_", "ORCH_")
_OF_SESSIONS = (
    "ORCH_SESSION",
    "ORCH_TASK_",
    "ORCH_ATTEMPT",
    "ORCH_WORKER_",
    "ORCH_WORKSPACE_NAME",
    "ORCH_PROJECT",
    "ORCH_BASE",
    "ORCH_BRANCH",
    "ORCH_PROMPT_FILE",
    "ORCH_PORT",
    "ORCH_TOKEN",
)
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def command(*arguments: str) -> list[str]:
    """Return the command that runs the daemon, with this very interpreter and package."""
    return [sys.executable, "-P", "-m", MODULE, *arguments]


def clean_environment(given: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Keep what the daemon needs of an environment: no secrets, nothing of a session.

    Secrets that agents need go into `$ORCH_HOME/environment`, which the daemon reads itself.
    """
    kept = {
        name: value
        for name, value in given.items()
        if name in _KEPT or (name.startswith(_KEPT_FAMILIES) and not name.startswith(_OF_SESSIONS))
    }
    kept["PATH"] = clean_path(given.get("PATH", ""))
    return kept


def clean_path(path: str) -> str:
    """Keep the absolute folders of a search path that exist, each once, in their order.

    A folder that is relative (or empty, which means the current one) would let whoever writes
    into the daemon's folder choose what it runs.
    """
    found = [one for one in path.split(":") if one.startswith("/") and os.path.isdir(one)]  # noqa: PTH112 - pathlib costs 10 ms
    return ":".join(dict.fromkeys(found)) or DEFAULT_PATH
