"""Runs benchmarks one after the other, each on ground that the one before has left clean."""

import shutil
import subprocess
import tempfile
import time
import traceback
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

from bench.benchmark import Benchmark, Run, Unmeasurable
from bench.figure import Figure
from bench.processes import nothing_left
from bench.report import Lines, Section, write_row

NAMES = ("cli_start", "first_byte", "store", "idle", "terminal", "restart", "big_store", "corpus")
"""All benchmarks, each a module of this package, in the order of the page."""

WORDS = 2000
"""How many characters of a log are shown when something failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Measures as thoroughly as asked for, and tells of each figure at once."""

    lines: Lines
    quick: bool = False
    full: bool = False

    def run(self, name: str) -> Section:
        """Run one benchmark in a folder of its own; folder and processes are gone afterwards."""
        benchmark: Benchmark = import_module(f"bench.{name}").BENCHMARK
        section = Section(title=benchmark.title, about=benchmark.about)
        folder = Path(tempfile.mkdtemp(prefix=f"orch-bench-{name}-"))
        started = time.monotonic()
        try:
            with nothing_left():
                benchmark.measure(self._run(name, section, folder=folder))
        except Unmeasurable as reason:
            section.left_out.append(("all of it", str(reason)))
        except Exception as error:  # noqa: BLE001 - the other benchmarks are still worth their while
            section.failure = f"{type(error).__name__}: {error}"
            say(name, explain(error))
            say(name, last_words(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        say(name, f"took {time.monotonic() - started:.0f} s")
        return section

    def _run(self, name: str, section: Section, *, folder: Path) -> Run:
        def take(figure: Figure) -> None:
            section.figures.append(figure)
            self.lines.add(figure)
            say(name, write_row(figure))

        def note(text: str) -> None:
            section.notes.append(text)
            say(name, text)

        return Run(
            folder=folder,
            quick=self.quick,
            full=self.full,
            figure=take,
            say=partial(say, name),
            note=note,
            leave_out=lambda what, why: section.left_out.append((what, why)),
        )


def say(name: str, text: str) -> None:
    """Show progress, at once."""
    print(f"{name}: {text}", flush=True)


def last_words(folder: Path) -> str:
    """Return the end of what the daemons below a folder had to say, before it goes."""
    logs = sorted(folder.rglob("logs/daemon.*"))
    return "\n".join(f"{log.name}: {log.read_text('utf-8', 'replace')[-WORDS:]}" for log in logs)


def explain(error: Exception) -> str:
    """Tell where a benchmark failed, and what the program said that failed it."""
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else b""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said or "")
    return "".join(traceback.format_exception(error)) + text
