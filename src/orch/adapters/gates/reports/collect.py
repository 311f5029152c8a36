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

    def may_tell(self, done: Completed, *, before: Stamps) -> bool:
        """Say whether the reports may yet explain a failure, while others still write theirs."""
        try:
            return not _is_killed(done) and bool([*self._printed(done)] or self._fresh(before))
        except (Unreadable, OSError):
            return False

    def failures(self, reds: Sequence[Completed], *, before: Stamps) -> list[str]:
        """List what failed in commands that did not exit with 0, after they ran side by side.

        What is printed has one author, a file may be anybody's. So each report (all files of one
        pattern) speaks for one command at most: where more have printed nothing than there are
        reports, one may have failed in what nobody tells. Raises `Unreadable` then, and wherever
        not all is told: their exit codes alone count.
        """
        if any(map(_is_killed, reds)):
            raise Unreadable("it was killed, so its reports are not whole")
        written = self._written(before)
        printed = [[*self._printed(done)] for done in reds]
        silent = sum(not lines for lines in printed)
        if silent > len(written):
            raise Unreadable("no report shows what failed")
        found = [one for some in (*written.values(), *printed) for one in some]
        if len(found) > MOST:
            raise Unreadable(f"more than {MOST} failures")
        return found

    def _written(self, before: Stamps) -> Mapping[ReportName, list[str]]:
        """Read what was written anew; a report without a failure is left out."""
        found: dict[ReportName, list[str]] = {}
        for path, report in self._fresh(before):
            try:
                if failures := _READERS[report.kind](_load(path), roots=self.roots):
                    found.setdefault(report, []).extend(failures)
            except (Unreadable, OSError) as error:
                raise Unreadable(f"{path.relative_to(self.root)}: {error}") from error
        return found

    def _fresh(self, before: Stamps) -> list[tuple[Path, ReportName]]:
        return [(path, report) for path, report, now in self._files() if before.get(path) != now]

    def _printed(self, done: Completed) -> Iterator[str]:
        forms = [one.what for one in self.names if one.kind == "lines"]
        if not forms:
            return
        if done.truncated:
            raise Unreadable("it printed too much to be read")
        output = plain(done.stdout)
        for form in forms:
            yield from read_lines(output, form, roots=self.roots)

    def _files(self) -> Iterator[tuple[Path, ReportName, Stamp]]:
        """Find regular files below the checkout; what a link leads to is none of its reports."""
        home, seen = Path(os.path.realpath(self.root)), set()
        for one in self.names:
            for path in self.root.glob(one.what) if one.kind in _READERS else ():
                about = path.lstat()
                inside = Path(os.path.realpath(path.parent)).is_relative_to(home)
                if path in seen or not inside or not stat.S_ISREG(about.st_mode):
                    continue
                seen.add(path)
                yield path, one, (about.st_ino, about.st_mtime_ns, about.st_size)
                if len(seen) > _MOST_FILES:
                    raise Unreadable(f"more than {_MOST_FILES} reports")


def open_reports(root: Path, names: Sequence[str], *, scratch: Path) -> Reports:
    """Name the reports of a gate that runs in this checkout."""
    folders = (str(root), os.path.realpath(root), str(scratch))
    return Reports(root, tuple(map(parse_report, names)), folders)


def join(failures: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Put what failed in several commands together."""
    return tuple(number(one for some in failures for one in sorted(some)))


def _is_killed(done: Completed) -> bool:
    return done.code is None or done.code >= _SIGNALS


def _load(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_BYTES:
        raise Unreadable("it is too large to be read")
    return path.read_bytes()
