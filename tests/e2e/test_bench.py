"""The benchmarks run, and what they write has the form that others read; no time is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figure import Aim, Baseline, Figure
from bench.measure import Series, ratio, take_turns
from bench.report import Section, write_page, write_table
from bench.runner import NAMES

ROOT = Path(__file__).resolve().parents[2]
QUICK = [name for name in ("cli_start", "store") if name in NAMES]

STARTED = Figure(
    name="cli_start.status",
    series=Series((30.0, 40.0, 50.0)),
    unit="ms",
    against=Baseline("python3 -c pass", Series((10.0, 20.0, 10.0))),
    aim=Aim(2.5, of_ratio=True),
)


def test_what_takes_turns_takes_turns() -> None:
    """A B A B: after a round that does not count, in the order given."""
    seen: list[str] = []

    def subject(name: str) -> float:
        seen.append(name)
        return float(len(seen))

    found = take_turns({"a": lambda: subject("a"), "b": lambda: subject("b")}, runs=2)
    assert "".join(seen) == "ababab"
    assert found["a"].values == (3.0, 5.0)
    assert found["b"].values == (4.0, 6.0)


def test_a_ratio_is_the_median_of_pairs() -> None:
    """Not the ratio of medians: each pair was measured at the same time."""
    assert ratio(Series((30.0, 40.0, 50.0)), Series((10.0, 20.0, 10.0))) == 3.0


def test_a_figure_is_a_line_of_json_with_five_members() -> None:
    """The names are a contract."""
    assert json.loads(STARTED.line()) == {
        "name": "cli_start.status",
        "value": 40.0,
        "unit": "ms",
        "against": "python3 -c pass",
        "ratio": 3.0,
    }


def test_a_missed_aim_is_told() -> None:
    """In the table and on the page; a figure without an aim says nothing of one."""
    row = write_table([STARTED]).splitlines()[1]
    told = "cli_start.status 40.0 ms 30.0..50.0 python3 -c pass 3.00x ≤ 2.50x MISSED"
    assert " ".join(row.split()) == told
    section = Section("Start", "How.", [STARTED], ["So it was."], [("tmux", "none")])
    page = write_page({"cores": "2"}, [section])
    assert "So it was." in page
    assert "| cores | 2 |" in page
    assert "≤ 2.50x MISSED" in page
    assert "Not measured: tmux (none)." in page


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_run_writes_lines_and_leaves_the_page_alone(name: str, tmp_path: Path) -> None:
    """Every figure of the table is a line of JSON, under a name that begins with its benchmark."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", name, "--quick", "--into", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = (tmp_path / ".cache" / "bench.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    for line in lines:
        figure = json.loads(line)
        assert list(figure) == ["name", "value", "unit", "against", "ratio"]
        assert figure["name"].startswith(f"{name}.")
        assert figure["value"] > 0
        assert figure["name"] in done.stdout
    assert not (tmp_path / "docs").exists()


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    """Before anything is measured."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "stoer", "--into", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 2
    assert "stoer" in done.stderr
    assert "store" in done.stderr
    assert not list(tmp_path.iterdir())
