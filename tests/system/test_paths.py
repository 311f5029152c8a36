"""The layout of a home, and the folders that only their owner may enter."""

import os
from pathlib import Path

import pytest

from orch.system.paths import SOCKET_PATH_BYTES, Home, UnsafeDirectory, boot_id, host_id, private


def test_the_home_is_the_one_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$ORCH_HOME names it; without it, it is in the person's own."""
    monkeypatch.setenv("ORCH_HOME", str(tmp_path / "x"))
    assert Home.default().root == tmp_path / "x"
    monkeypatch.delenv("ORCH_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home.default().root == tmp_path / ".orch"


def test_sockets_are_in_the_home_where_they_fit(tmp_path: Path) -> None:
    """A short path keeps them inside; the folder is closed to others."""
    home = Home(tmp_path / "h")
    home.create()
    assert home.daemon_socket.parent == home.session_socket.parent == home.root / "run"
    assert home.sockets.stat().st_mode & 0o777 == 0o700


def test_sockets_of_a_long_path_are_elsewhere(tmp_path: Path) -> None:
    """A path that no socket can have gives a short one, another for each home."""
    homes = [Home(tmp_path / ("long" * 30) / name) for name in ("a", "b")]
    for home in homes:
        assert len(os.fsencode(home.session_socket)) <= SOCKET_PATH_BYTES
    assert homes[0].sockets != homes[1].sockets
    homes[0].create()
    assert homes[0].sockets.stat().st_mode & 0o777 == 0o700
    homes[0].sockets.rmdir()


def test_a_private_folder_is_closed(tmp_path: Path) -> None:
    """A folder that was open is closed; a link is refused."""
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    assert private(folder).stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(UnsafeDirectory):
        private(link)


def test_a_host_keeps_its_id(tmp_path: Path) -> None:
    """The first call makes it; it differs between homes, and nothing else is left behind."""
    home = Home(tmp_path / "h")
    first = host_id(home)
    assert first.startswith("h-")
    assert host_id(home) == first
    assert host_id(Home(tmp_path / "other")) != first
    assert [path.name for path in home.root.iterdir()] == ["host-id"]


def test_everything_has_its_place(tmp_path: Path) -> None:
    """Nothing lies outside the home, and no two things share a path."""
    home = Home(tmp_path)
    paths = [
        home.database,
        home.config,
        home.daemon_lock,
        home.daemon_log,
        home.session_server_log,
        home.session_server_lock,
        home.session_server_identity,
        home.session("t1.1"),
        home.hub("p-1"),
        home.workspaces("p-1"),
        home.gates("p-1"),
        home.warm("p-1"),
        home.attempt("t1", 1),
    ]
    assert len(set(paths)) == len(paths)
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert boot_id()
