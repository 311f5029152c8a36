"""The environment of sessions: what agents need of the person's, and nothing that misleads them."""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

_KEPT = (
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    # An agent may ask the daemon about its own task: it has to find the same one.
    "ORCH_HOME",
    "ORCH_SOCKET",
    "PATH",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
)
"""What a session inherits. Tokens, sockets and another agent's variables are not among it, so an
agent never takes itself for a child of the one that started the daemon."""


def session_environment(
    *layers: Iterable[tuple[str, str]], base: Mapping[str, str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Lay the layers over what sessions inherit; a later layer wins."""
    inherited = os.environ if base is None else base
    joined = {name: inherited[name] for name in _KEPT if name in inherited}
    joined.setdefault("PATH", os.defpath)
    # An agent reports by `orch`, also where the person's own PATH does not have it.
    if shutil.which("orch", path=joined["PATH"]) is None:
        joined["PATH"] += f"{os.pathsep}{Path(sys.executable).parent}"
    joined["TERM"] = "xterm-256color"
    for layer in layers:
        joined.update(layer)
    return tuple(sorted(joined.items()))
