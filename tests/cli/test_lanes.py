"""Prove what is written of the lanes: gates, times, what holds whom, and who is gated together."""

import time
from typing import Any

import pytest

from orch.cli.lanes import queue_table

NOON = 1_774_746_000.0


def test_a_gate_says_how_long_it_runs_and_usually_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what waits for a slot does not look as if it ran."""
    monkeypatch.setattr(time, "time", lambda: NOON)
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
        "started": NOON - 40,
        "gate_s": 60.0,
        "expected_at": NOON + 20,
    }
    late: Any = {
        "gate": "running",
        "started": NOON - 61,
        "gate_s": None,
        "expected_at": NOON - 1,
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


def test_a_batch_is_told_once_below_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that two batches whose gates run at the same time are told apart."""
    monkeypatch.setenv("NO_COLOR", "1")
    alone: Any = {"target": "main", "reason": "", "started": None, "gate_s": None, "title": ""}
    mates = {"l1": ["l2"], "l2": ["l1"], "l3": ["l4", "l5"], "l4": ["l3", "l5"], "l5": ["l3", "l4"]}
    common = {"task": None, "state": "gating", "gate": "waiting", "expected_at": None, **alone}
    rows = [
        {
            "id": f"l{n}",
            "ahead": n,
            "project": "mine",
            "gated_with": mates.get(f"l{n}", []),
            **common,
        }
        for n in range(1, 7)
    ]
    assert queue_table(rows).splitlines()[7:] == [
        "l1, l2: gated together, by one run",
        "l3, l4, l5: gated together, by one run",
    ]
