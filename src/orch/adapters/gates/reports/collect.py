"""Finds out what failed in a gate's command, from the reports that it has written or printed."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orch.adapters.gates.reports.junit import read_junit
from orch.adapters.gates.reports.lines import read_lines
from orch.adapters.gates.reports.names import Unreadable, number
from orch.adapters.gates.reports.sarif import read_sarif
from orch.core.report_names import ReportName, parse_report
from orch.core.text import plain
from orch.system.run import Completed

MOST: Final = 10_000
"""So many failures are told apart; more are a gate that does not work."""

_LARGEST_BYTES: Final = 64 * 1024 * 1024
_MOST_FILES: Final = 2_000
_SIGNALS: Final = 128

Stamp = tuple[int, int, int]
"""What tells whether a file was written anew: its inode, time and size."""

Stamps = Mapping[Path, Stamp]

_READERS: Final[Mapping[str, Callable[..., list[str]]]] = {
    "junit": read_junit,
    "sarif": read_sarif,
}


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports that a gate names, in a checkout; `roots` are folders left out of names."""

    root: Path
    names: tuple[ReportName, ...]
    roots: tuple[str, ...] = ()

    def stamp(self) -> Stamps:
        """Note what is there before a command runs: a report from earlier says nothing of it."""
        return {path: now for path, _, now in self._files()}

    def failures(self, done: Completed, *, before: Stamps) -> list[str]:
        """List what failed in a command that did not exit with 0.

        Raises `Unreadable` if that is not told in full: then its exit code alone counts.
        """
        if done.code is None or done.code >= _SIGNALS:
            raise Unreadable("it was killed, so its reports are not whole")
        found = [*self._written(before), *self._printed(done)]
        if not found:
            raise Unreadable("no report shows what failed")
        if len(found) > MOST:
            raise Unreadable(f"more than {MOST} failures")
        return found

    def _written(self, before: Stamps) -> Iterator[str]:
        for path, kind, now in self._files():
            if before.get(path) != now:
                try:
                    yield from _READERS[kind](_load(path), roots=self.roots)
                except (Unreadable, OSError) as error:
                    raise Unreadable(f"{path.relative_to(self.root)}: {error}") from error

    def _printed(self, done: Completed) -> Iterator[str]:
        forms = [one.what for one in self.names if one.kind == "lines"]
        if not forms:
            return
        if done.truncated:
            raise Unreadable("it printed too much to be read")
        output = plain(done.stdout)
        for form in forms:
            yield from read_lines(output, form, roots=self.roots)

    def _files(self) -> Iterator[tuple[Path, str, Stamp]]:
        """Find regular files below the checkout; what a link leads to is none of its reports."""
        home, seen = Path(os.path.realpath(self.root)), set()
        for one in self.names:
            for path in self.root.glob(one.what) if one.kind in _READERS else ():
                about = path.lstat()
                inside = Path(os.path.realpath(path.parent)).is_relative_to(home)
                if path in seen or not inside or not stat.S_ISREG(about.st_mode):
                    continue
                seen.add(path)
                yield path, one.kind, (about.st_ino, about.st_mtime_ns, about.st_size)
                if len(seen) > _MOST_FILES:
                    raise Unreadable(f"more than {_MOST_FILES} reports")


def open_reports(root: Path, names: Sequence[str], *, scratch: Path) -> Reports:
    """Name the reports of a gate that runs in this checkout."""
    folders = (str(root), os.path.realpath(root), str(scratch))
    return Reports(root, tuple(map(parse_report, names)), folders)


def join(failures: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Put what failed in several commands together."""
    return tuple(number(one for some in failures for one in sorted(some)))


def _load(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_BYTES:
        raise Unreadable("it is too large to be read")
    return path.read_bytes()
