"""Forecasts of merges leave nothing behind, wherever the hub is."""

import tempfile
from pathlib import Path

import pytest

from orch.core.landing import Strategy
from orch.testing.lander_values import an_item, land, tip
from tests.adapters.landers.worlds import GitWorld


async def test_a_probe_keeps_nothing(
    world: GitWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the hub's objects and refs change, nor does a scratch folder stay."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    landed = await land(world, an_item(world.change({"b.txt": "b\nb\n"}), id="l9"))
    items = [
        an_item(world.change({"c.txt": "c\n", "a.txt": "mine\n"})),
        an_item("", id="l2", reverts=landed.new),
    ]
    world.advance({"a.txt": "theirs\n", "b.txt": "c\n"})
    onto = await tip(world)
    before = {path for path in world.hub.path.rglob("*") if path.is_file()}
    assert await world.lander.probe(world.project, items, onto=onto) == {"l1", "l2"}
    assert {path for path in world.hub.path.rglob("*") if path.is_file()} == before
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_a_probe_looks_at_the_whole_change(world: GitWorld) -> None:
    """A branch whose commits would conflict one by one merges as a whole, and is told so."""
    one = world.change({"a.txt": "mine\n"})
    back = world.change({"a.txt": "one\ntwo\nthree\n", "c.txt": "c\n"}, on=one)
    world.advance({"a.txt": "theirs\n"})
    item = an_item(back, strategy=Strategy.REBASE)
    assert not await world.lander.probe(world.project, [item], onto=await tip(world))
