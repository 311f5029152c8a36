"""Ends git, or orch itself, by kill -9 at a chosen system call; the pieces of the crash tests."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import pytest

from orch.core.landing import Item
from orch.core.project import Project

ROOT: Final = Path(__file__).resolve().parents[2]
CALLS: Final = "%file,read,write,fsync,close"
"""Everything that git does to files, and through pipes to the other side."""

_SCRIPT: Final = """#!/bin/sh
# Stands for a program, and ends the one command that is meant.
for last; do :; done
case "{words}" in
"{victim} "*)
    strace {options} -qq -o '{log}' -e 'trace={calls}' {inject} -- {run}
    code=$?
    [ $code = 137 ] && {after}
    exit $code ;;
esac
exec {run}
"""


_SHELL: Final = 'sh -c "exec $last"'


@dataclass(frozen=True, slots=True)
class Point:
    """The moment just before a process makes its nth call of this name."""

    call: str
    nth: int


class Killer:
    """A folder with a git for the PATH, and an ssh, that are killed; `victim` begins a command.

    Such as `push` of the git here, or `git-receive-pack` of the one behind ssh.
    """

    def __init__(self, folder: Path, victim: str, *, children: bool = False) -> None:
        """Say which command is meant, and whether what it starts is meant too."""
        self.folder = folder
        self.victim = victim
        self._options = "-f" if children else ""
        self._run = (("git", "$*", f"'{shutil.which('git')}' \"$@\""), ("ssh", "$last", _SHELL))
        folder.mkdir()

    def points(self) -> list[Point]:
        """List every call of the last run that nobody killed, in order; of all its processes."""
        counts: Counter[tuple[str, str]] = Counter()
        found: dict[Point, None] = {}
        for line in (self.folder / "log").read_text(errors="replace").splitlines():
            call = re.match(r"(\d+ +)?(\w+)\(", line)
            # The first execve is strace's own.
            if call is not None and call[2] != "execve":
                counts[call[1] or "", call[2]] += 1
                found[Point(call[2], counts[call[1] or "", call[2]])] = None
        return list(found)

    @contextlib.contextmanager
    def in_place(self, point: Point | None = None) -> Iterator[None]:
        """Take the place of git and ssh, and kill at this point; without one only count."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment(point).items():
                patch.setenv(name, value)
            try:
                yield
            finally:
                self.environment(None)

    def environment(self, point: Point | None, *, starter: bool = False) -> dict[str, str]:
        """Compose what makes programs find this git and ssh; `starter` dies with the victim."""
        inject = f"-e 'inject={point.call}:signal=KILL:when={point.nth}'" if point else ""
        after = "kill -9 $PPID" if starter else "true"
        for name, words, run in self._run:
            script = self.folder / name
            script.write_text(
                _SCRIPT.format(
                    words=words, victim=self.victim, options=self._options, after=after,
                    log=self.folder / "log", calls=CALLS, inject=inject, run=run,
                )
            )  # fmt: skip
            script.chmod(0o755)
        path = f"{self.folder}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "GIT_SSH": str(self.folder / "ssh"), "GIT_SSH_VARIANT": "simple"}


def push_in_a_process(
    project: Project, item: Item, *, step: str = "", env: Mapping[str, str] | None = None
) -> int:
    """Push in a process of its own, which kills itself at a step; return its exit code."""
    with start_push(project, item, step=step, env=env) as process:
        _, errors = process.communicate()
    assert process.returncode in {0, -9, 70}, errors.decode()
    return process.returncode


def start_push(
    project: Project, item: Item, *, step: str = "", env: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start such a process."""
    order = msgspec.json.encode({"project": project, "item": item, "step": step})
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.crash.push_once"),
        cwd=ROOT, env={**os.environ, **(env or {}), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(order)
    process.stdin.close()
    process.stdin = None
    return process


def remove_locks(folder: Path) -> None:
    """Do what the keeper of a server does for the locks of killed programs."""
    for lock in folder.rglob("*.lock"):
        lock.unlink(missing_ok=True)  # Who outlived its orch may just have come to its end.


def age_locks(folder: Path) -> None:
    """Let years pass for every lock file."""
    for lock in folder.rglob("*.lock"):
        os.utime(lock, (1_600_000_000, 1_600_000_000))


def spread(points: Sequence[Point], count: int, *, seed: int) -> list[Point]:
    """Choose some, evenly; the first by the seed."""
    stride = max(1, len(points) // count)
    return list(points[seed % stride :: stride])
