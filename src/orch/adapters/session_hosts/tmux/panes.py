"""The panes of a tmux server, and the commands that concern one of them."""

import hashlib
import re
import signal
from dataclasses import dataclass

from orch.adapters.session_hosts.tmux.program import Command, NoTarget, Tmux
from orch.ports.session_host import Screen

_FIELDS = (
    "pane_id",
    "pane_pid",
    "pane_height",
    "pane_width",
    "pane_dead",
    "pane_dead_status",
    "pane_dead_signal",
    "pane_pipe",
)
_SCREEN = (
    "pane_height",
    "pane_width",
    "cursor_y",
    "cursor_x",
    "alternate_on",
    "pane_title",
)
_SEPARATOR = "|"
_TAKEN = "@orch_taken"
"""The option of a pane that names the message it was given last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A pane as tmux tells it; of its end there is at most one of `code` and `signal`."""

    id: str
    pid: int
    rows: int
    cols: int
    is_dead: bool = False
    code: int | None = None
    signal: int | None = None
    is_recorded: bool = True


async def look(tmux: Tmux) -> dict[int, Pane]:
    """Return all panes of the server, by the process that each was opened for.

    Raises `NoServer` and `Silent`.
    """
    listed = await tmux.do(("list-panes", "-a", "-F", _format(_FIELDS)))
    found = (_parse(line) for line in listed.splitlines())
    return {pane.pid: pane for pane in found}


def dress(pane: str, *, rows: int, cols: int) -> tuple[Command, ...]:
    """Return what makes a new pane orch's: it stays after its program's end, with its status."""
    options = (
        ("remain-on-exit", "on"),
        ("remain-on-exit-format", ""),
        ("automatic-rename", "off"),
        ("allow-rename", "off"),
    )
    return (
        *(("set-option", "-w", "-t", pane, name, value) for name, value in options),
        # Else it is the name of this machine, as if the program had said so.
        ("select-pane", "-t", pane, "-T", ""),
        resize(pane, rows=rows, cols=cols),
    )


def resize(pane: str, *, rows: int, cols: int) -> Command:
    """Return what gives a pane's window a size."""
    return ("resize-window", "-t", pane, "-x", str(cols), "-y", str(rows))


async def paste(tmux: Tmux, pane: str, *, data: bytes, message_id: str = "") -> None:
    """Type something into a pane, also while somebody scrolls in it.

    A message that the pane was given last is not given again: the server itself looks, so that
    neither a daemon's death nor an order on its way doubles it. Raises like `Tmux.do`.
    """
    buffer = f"orch-{pane[1:]}"
    typed = f"paste-buffer -d -r -b {buffer} -t {pane}"
    given: Command = tuple(typed.split())
    if message_id:
        mark = hashlib.sha256(message_id.encode()).hexdigest()[:20]
        noted = f"set-option -p -t {pane} {_TAKEN} {mark}"
        is_known = f"#{{==:#{{{_TAKEN}}},{mark}}}"
        drop = f"delete-buffer -b {buffer}"
        given = ("if-shell", "-F", "-t", pane, is_known, drop, f"{typed} ; {noted}")
    await tmux.do(("load-buffer", "-b", buffer, "-"), given, stdin=data)


async def capture(tmux: Tmux, pane: str, *, offset: int) -> Screen:
    """Return what a pane shows. Raises like `Tmux.do`."""
    told = await tmux.do(
        ("display-message", "-p", "-t", pane, _format(_SCREEN)),
        ("capture-pane", "-p", "-t", pane),
    )
    head, _, text = told.partition("\n")
    if not head:
        raise NoTarget(f"can't find pane {pane}")
    rows, cols, row, col, alternate, title = head.split(_SEPARATOR, len(_SCREEN) - 1)
    return Screen(
        text="\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n"),
        rows=int(rows),
        cols=int(cols),
        cursor_row=int(row),
        cursor_col=int(col),
        offset=offset,
        title=title,
        alternate=alternate == "1",
    )


def _format(fields: tuple[str, ...]) -> str:
    return _SEPARATOR.join(f"#{{{field}}}" for field in fields)


def _parse(line: str) -> Pane:
    pane, pid, rows, cols, dead, code, number, pipe = line.split(_SEPARATOR)
    return Pane(
        id=pane,
        pid=int(pid),
        rows=int(rows),
        cols=int(cols),
        is_dead=dead == "1",
        code=int(code) if code else None,
        signal=_signal(number),
        is_recorded=pipe == "1",
    )


def _signal(told: str) -> int | None:
    """Read a signal, which some builds of tmux tell by its name."""
    if not told or told.isdecimal():
        return int(told) if told else None
    name = "SIG" + re.sub("^SIG", "", told.upper())
    return signal.Signals[name].value if name in signal.Signals.__members__ else None
