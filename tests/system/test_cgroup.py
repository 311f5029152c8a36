"""Where control groups can be had, nothing that was born in one gets out."""

import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.system import cgroup
from orch.system.cgroup import (
    controllers,
    enter,
    make,
    members,
    own_cgroup,
    remove,
    standing_in,
)
from orch.system.pty import Program, start_on_pipes

HIDE = "(env -i setsid sh -c 'echo $$; exec sleep 98690' &) ; exit 0"


def test_what_is_born_in_it_stays_in_it() -> None:
    """A child that hides in every other way is known; without groups nothing is claimed."""
    group = make(f"orch-test-{os.getpid()}")
    assert (group is None) == (own_cgroup() is None)
    with standing_in(group) as confined:
        assert confined == (group is not None)
        child = start_on_pipes(
            Program(argv=("sh", "-c", HIDE), cwd="/", env={"PATH": os.environ["PATH"]})
        )
    os.waitpid(child.pid, 0)
    select.select([child.stdout], [], [])
    hidden = int(os.read(child.stdout, 100))
    try:
        if group is not None:
            assert members(group) == {hidden}
            assert os.getpid() not in members(group)
    finally:
        os.kill(hidden, 9)
        for handle in (child.stdin, child.stdout, child.stderr):
            os.close(handle)
    if group is not None:
        while members(group):
            pass
        remove(group)
        assert not group.exists()


def test_what_is_not_there_has_nobody(tmp_path: Path) -> None:
    """A group that is gone has no members, takes none, and is removed without a word."""
    gone = tmp_path / "gone"
    assert members(gone) == set()
    assert not enter(gone, os.getpid())
    remove(gone)


def test_systemds_tree_is_left_to_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Root could write anywhere, but not where somebody else keeps order."""
    own_cgroup.cache_clear()
    monkeypatch.setattr(cgroup, "_SYSTEMD", tmp_path)
    if os.getuid() == 0:
        assert own_cgroup() is None
        assert make("orch-test") is None
    monkeypatch.undo()
    own_cgroup.cache_clear()


def test_a_machine_without_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No mount, or no group of ours: None, not an error."""
    for name in ("_MOUNTS", "_OWN"):
        own_cgroup.cache_clear()
        monkeypatch.setattr(cgroup, name, tmp_path / "missing")
        assert own_cgroup() is None
        monkeypatch.undo()
    own_cgroup.cache_clear()


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give what looks like a group of our own, with controllers; no machine here has real ones."""
    own = tmp_path / "mine"
    own.mkdir()
    (own / "cgroup.procs").touch()
    (own / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    mounts, membership = tmp_path / "mountinfo", tmp_path / "cgroup"
    mounts.write_text(f"30 20 0:26 / {tmp_path} rw - cgroup2 cgroup2 rw\n")
    membership.write_text("0::/mine/orch-server\n")
    monkeypatch.setattr(cgroup, "_MOUNTS", mounts)
    monkeypatch.setattr(cgroup, "_OWN", membership)
    monkeypatch.setattr(cgroup, "_SYSTEMD", tmp_path / "no-systemd")
    own_cgroup.cache_clear()
    controllers.cache_clear()
    yield own
    own_cgroup.cache_clear()
    controllers.cache_clear()


def test_controllers_are_switched_on_for_groups_below(tree: Path) -> None:
    """Those that bound sessions; who stands aside already is still at home above."""
    (tree / "cgroup.subtree_control").touch()
    assert own_cgroup() == tree
    assert controllers() == {"cpu", "memory", "pids"}
    assert (tree / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_where_they_can_not_be_switched_on_nothing_is_claimed(tree: Path) -> None:
    """Having stood aside for it, the process goes back."""
    (tree / "cgroup.subtree_control").mkdir()
    assert controllers() == frozenset()
    assert (tree / "cgroup.procs").read_text() == str(os.getpid())


def test_a_machine_may_go_without(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the environment, where groups make trouble."""
    assert tree.exists()
    monkeypatch.setenv("ORCH_CGROUP", "off")
    own_cgroup.cache_clear()
    assert own_cgroup() is None
    assert controllers() == frozenset()
