"""Shows the daemon's own log, which is a file: it can be read when the daemon is dead."""

import json
import os
import subprocess
import sys
from collections import deque

from orch.cli.exits import Failed
from orch.cli.home import home
from orch.cli.text import one_line, style

_COLOURS = {"error": "red", "critical": "red", "warning": "yellow", "debug": "dim"}
_HIDDEN = frozenset({"at", "level", "event", "logger"})


def show_log(count: int, *, on: bool, as_json: bool) -> None:
    """Print the last lines of the log; with `on`, go on as more is written."""
    path = f"{home()}/logs/daemon.jsonl"
    if not os.path.exists(path):  # noqa: PTH110
        raise Failed("the daemon has written no log yet", then="orch daemon start")
    if on:
        _watch(path, count, as_json=as_json)
        return
    with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        for line in deque(file, maxlen=count):
            print(_line(line, as_json=as_json))


def _watch(path: str, count: int, *, as_json: bool) -> None:
    # tail waits for the kernel's word where there is one, and follows the file's rotation.
    with subprocess.Popen(
        ["tail", "-n", str(count), "-F", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as tail:
        for line in tail.stdout or ():
            print(_line(line, as_json=as_json))
            sys.stdout.flush()


def _line(line: str, *, as_json: bool) -> str:
    line = line.rstrip("\n")
    if as_json:
        return line
    try:
        found = json.loads(line)
    except ValueError:
        return one_line(line)
    level = str(found.get("level", ""))
    more = " ".join(
        f"{key}={one_line(str(value))}" for key, value in found.items() if key not in _HIDDEN
    )
    at = style(str(found.get("at", ""))[:19].replace("T", " "), "dim")
    mark = style(f"{level:<7}", _COLOURS.get(level, ""))
    return f"{at} {mark} {one_line(str(found.get('event', '')))} {style(more, 'dim')}".rstrip()
