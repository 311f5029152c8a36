"""Chooses where sessions run: in the session server, or their terminals in tmux."""

from orch.adapters.session_hosts.builtin import BuiltinSessionHost
from orch.adapters.session_hosts.composed import ComposedSessionHost
from orch.adapters.session_hosts.tmux.host import TmuxSessionHost
from orch.adapters.session_hosts.tmux.program import Tmux
from orch.core.settings import HostSettings
from orch.system.paths import Home

TMUX = "tmux"


def choose_host(home: Home, settings: HostSettings) -> BuiltinSessionHost | ComposedSessionHost:
    """Return the host that the settings name, for sessions to come.

    Where tmux has sessions of this home, they are followed whatever the settings say now.
    """
    builtin = BuiltinSessionHost(home)
    wants_tmux = settings.session_host == TMUX
    if not wants_tmux and not any(home.tmux_sessions.glob("*/state.json")):
        return builtin
    tmux = TmuxSessionHost(home, Tmux.of(home, socket=settings.tmux_socket))
    return ComposedSessionHost(builtin, tmux, terminals_in_tmux=wants_tmux)
