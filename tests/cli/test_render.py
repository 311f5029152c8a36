"""Prove that times are written as the clock on the wall shows them, also when it is set."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from orch.cli.render import ago, clock, queue_table

SPRING = 1_774_746_000.0
"""29 March 2026, 01:00 UTC: in Berlin the clocks go from 2 to 3."""


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live where the clocks are set twice a year."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_the_hour_that_is_left_out_is_left_out() -> None:
    """What is stored counts seconds; only what is shown knows of summer."""
    assert clock(SPRING - 1) == "2026-03-29 01:59"
    assert clock(SPRING) == "2026-03-29 03:00"


def test_what_is_yet_to_come_happened_just_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was set back makes nothing look old, and breaks no page."""
    monkeypatch.setattr(time, "time", lambda: SPRING)
    assert ago(SPRING + 3600) == ago(SPRING)


def test_a_gate_says_how_long_it_runs_and_usually_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what waits for a slot does not look as if it ran."""
    monkeypatch.setattr(time, "time", lambda: SPRING)
    monkeypatch.setenv("NO_COLOR", "1")
    common: Any = {
        "task": None,
        "state": "gating",
        "target": "main",
        "title": "",
        "reason": "it is late",
    }
    runs: Any = {
        "gate": "running",
        "started": SPRING - 40,
        "gate_s": 60.0,
        "expected_at": SPRING + 20,
    }
    late: Any = {
        "gate": "running",
        "started": SPRING - 61,
        "gate_s": None,
        "expected_at": SPRING - 1,
    }
    waits: Any = {"gate": "waiting", "started": None, "gate_s": 60.0, "expected_at": None}
    rows = [
        {"id": f"l{n}", "ahead": n, "project": "mine", **common, **gate}
        for n, gate in enumerate((runs, late, waits))
    ]
    lines = [line.split(None, 3)[3] for line in queue_table(rows).splitlines()]
    assert [" ".join(line.split()) for line in lines] == [
        "GATE LANDS TARGET",
        "running 40s of ~1m in ~20s main",
        "running 1m soon main",
        "waits for a slot main",
        "it is late",
    ]
    assert queue_table(rows).endswith("\nl0, l1, l2: it is late")
    for row in rows[1:]:
        row["lane"] = row["reason"] = "the remote is away"
    rows[2]["reason"] = "failed"
    said = queue_table(rows).splitlines()[-3:]
    assert said == ["l0: it is late", "all for main: the remote is away", "l2: failed"]
    said = queue_table(rows, several_projects=True).splitlines()
    assert "all for main of mine: the remote is away" in said
