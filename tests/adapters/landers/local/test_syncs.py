"""A target on this disk is safe against a power failure, and the disk is waited for once.

Git itself counts how it syncs: "writeout-only" sends a file to the disk, "hardware-flush" waits
until the disk has it, and all that was sent before.
"""

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from orch.ports.lander import Pushed
from orch.testing.lander_values import an_item, intend
from tests.adapters.landers.worlds import KINDS, GitWorld


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a git on the PATH that writes down what it does, and return where."""
    place, trace = tmp_path / "bin", tmp_path / "trace"
    place.mkdir()
    wanted = f"GIT_TRACE2_EVENT='{trace}' exec '{shutil.which('git')}' \"$@\""
    (place / "git").write_text(f"#!/bin/sh\n{wanted}\n")
    (place / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    return trace


def forget(trace: Path) -> None:
    """Begin to count anew."""
    trace.unlink()


def read_syncs(trace: Path) -> dict[str, dict[str, int]]:
    """Read how often each git command synced, by the way in which it did."""
    names = dict[str, str]()
    syncs = dict[str, Counter[str]]()
    for event in map(json.loads, trace.read_text().splitlines()):
        if event["event"] == "cmd_name":
            names[event["sid"]] = event["name"]
        if event.get("category") == "fsync" and int(event["value"]):
            ways = syncs.setdefault(names[event["sid"]], Counter())
            ways[event["key"].removeprefix("fsync/")] += int(event["value"])
    return {name: dict(ways) for name, ways in syncs.items()}


@pytest.mark.parametrize("world", [kind for kind in KINDS if kind != "remote"], indirect=True)
async def test_a_target_on_this_disk_waits_once_for_all_objects(
    world: GitWorld, traced: Path
) -> None:
    """However many they are; a far one minds itself."""
    deep = {"a.txt": "one more\n", "deep/b.txt": "b\n", "deep/er/c.txt": "c\n"}
    item = await intend(world, an_item(world.change(deep)))
    forget(traced)
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)
    # A commit, three trees and three files, one of which was there already.
    assert read_syncs(traced)["unpack-objects"] == {"writeout-only": 6, "hardware-flush": 1}
