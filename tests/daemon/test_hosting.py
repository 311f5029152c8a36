"""Prove where sessions run: as the settings say, and where there are some already."""

from pathlib import Path

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.adapters.session_hosts.composed import ComposedSessionHost
from orch.core.settings import HostSettings
from orch.daemon.hosting import choose_host
from orch.system.paths import Home


def test_terminals_run_where_the_settings_say(tmp_path: Path) -> None:
    """In the session server unless tmux is asked for."""
    home = Home(tmp_path)
    assert isinstance(choose_host(home, HostSettings()), BuiltinSessionHost)
    assert isinstance(choose_host(home, HostSettings(session_host="tmux")), ComposedSessionHost)


def test_sessions_in_tmux_are_followed_to_their_end(tmp_path: Path) -> None:
    """Also after the person has gone back to the built-in host."""
    home = Home(tmp_path)
    folder = home.tmux_sessions / "t1.1"
    folder.mkdir(parents=True)
    (folder / "state.json").write_text("{}")
    assert isinstance(choose_host(home, HostSettings()), ComposedSessionHost)
