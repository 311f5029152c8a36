"""The machine that was measured on: what a reader needs to compare, nothing that names it."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from orch import __version__
from orch.testing.postgres import find_programs


def describe() -> dict[str, str]:
    """Describe the machine, the programs that take part, and the moment."""
    postgres = find_programs()
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(),
        "file system": _file_system(Path(tempfile.gettempdir())),
        "kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "git": _version("git", "--version"),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _version(str(postgres / "postgres"), "--version") if postgres else "none",
        "tmux": _version("tmux", "-V"),
        "orch": __version__,
        "load before": f"{os.getloadavg()[0]:.2f}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _field(path: str, name: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(rf"^{name}\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _memory() -> str:
    kib = _field("/proc/meminfo", "MemTotal").partition(" ")[0]
    return f"{int(kib) / 1024**2:.0f} GiB" if kib else "unknown"


def _file_system(folder: Path) -> str:
    """Name the kind of file system that a folder is on: that of the longest mount point."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    mounts = [line.split()[1:3] for line in lines]
    within = [(point, kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(within, key=lambda mount: len(mount[0]), default=("", "unknown"))[1]


def _version(program: str, flag: str) -> str:
    if shutil.which(program) is None:
        return "none"
    told = subprocess.run([program, flag], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+(?:\.\d+)+[a-z]?|\d+\.\d+[a-z]?", told)
    return found[0] if found else "unknown"
