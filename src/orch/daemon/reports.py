"""Writes down a bug where a person finds it: one file with what is needed to report it."""

import platform
import sys
import time
import traceback
from pathlib import Path

from orch import __version__
from orch.system.paths import Home


def write_report(home: Home, error: BaseException, *, during: str) -> Path:
    """Write a report of an exception that nobody expected; return its path."""
    folder = home.root / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06d}.txt"
    text = "".join(traceback.format_exception(error))
    path.write_text(
        f"orch {__version__}, Python {sys.version.split()[0]}, {platform.platform()}\n"
        f"during: {during}\n\n{text}",
        encoding="utf-8",
    )
    return path
