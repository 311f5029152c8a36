"""Prove what is made of tmux's answers: gone, missing, or nothing known."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.session_hosts.tmux.program import (
    NoServer,
    Silent,
    Tmux,
    parse_version,
    why_unfit,
)
from orch.system.paths import Home


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ("tmux 3.3a", (3, 3)),
        ("tmux next-3.5", (3, 5)),
        ("tmux 3.10", (3, 10)),
        ("tmux master", None),
        ("", None),
    ],
)
def test_versions_are_read(told: str, version: tuple[int, int] | None) -> None:
    """Whatever stands around the number."""
    assert parse_version(told) == version


def test_an_old_program_is_unfit() -> None:
    """And none is as well; both are told."""
    assert "too old" in why_unfit("tmux 3.2a")
    assert "no program tmux" in why_unfit("")
    assert why_unfit("tmux 3.3") == why_unfit("tmux master") == ""


def leave_dead_socket(path: str) -> None:
    """Leave a socket that nobody listens at, as a machine that was switched off does."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)


async def test_nobody_there_is_told_apart_from_silence(home: Home, tmp_path: Path) -> None:
    """No socket, or one of the boot before: no server. Anything else: nothing is known."""
    tmux = Tmux.of(home)
    with pytest.raises(NoServer):
        await tmux.do(("list-panes", "-a"))
    leave_dead_socket(tmux.socket)
    with pytest.raises(NoServer):
        await tmux.do(("list-panes", "-a"))
    folder = replace(tmux, socket=str(tmp_path / "no" / "folder" / ("x" * 200)))
    with pytest.raises(Silent):
        await folder.do(("list-panes", "-a"))
    with pytest.raises(Silent):
        await replace(tmux, program="no-such-tmux").do(("list-panes", "-a"))
    assert await replace(tmux, program="no-such-tmux").version() == ""


def test_the_persons_own_server_is_used_as_it_is(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its settings, at its socket."""
    monkeypatch.setenv("TMUX_TMPDIR", "/somewhere")
    own, persons = Tmux.of(home), Tmux.of(home, socket="default")
    assert own.argv(("ls",))[:4] == ("tmux", "-u", "-f", "/dev/null")
    assert persons.socket.startswith("/somewhere/tmux-")
    assert persons.argv(("ls",)) == ("tmux", "-u", "-S", persons.socket, "ls")
    assert Tmux.of(home, socket="/a/socket").socket == "/a/socket"


def test_commands_are_told_apart(home: Home) -> None:
    """A semicolon at the end of a word is part of it."""
    words = Tmux.of(home).argv(("a", "b;"), ("c",))
    assert words[-4:] == ("a", "b\\;", ";", "c")
