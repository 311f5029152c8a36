"""Types into a pane of tmux in which a person's own agent sits, and looks whether it shows.

Words go through a buffer of tmux and a bracketed paste, on one line, and Enter follows only once
the pane shows them. A shell would run them, and a pane that scrolls would take them for keys:
neither is typed into.
"""

import asyncio
import os

from orch.core.address import ToPane
from orch.core.text import plain
from orch.ports.errors import Permanent, Transient
from orch.ports.herald import Telling
from orch.system.run import CannotStart, Completed, Order, run

_TIMEOUT_S = 20.0
_LOOKS = 20
_LOOK_S = 0.25
_LOOK_BACK = "-2000"
_FORMAT = "#{pane_dead}|#{pane_in_mode}|#{pane_current_command}"
_SHELLS = frozenset(
    {"ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "mksh", "nu", "pwsh", "sh", "tcsh"}
    | {"xonsh", "zsh"}
)


async def type_into(where: ToPane, telling: Telling) -> str:
    """Type the words and press Enter; returns on what evidence they arrived.

    What stands in the pane already is not typed again. Raises `Transient` while the pane can't
    take words, `Permanent` if there is no such pane.
    """
    mark = f"[orch {telling.id}]"
    if await _shows(where, mark):
        return "the pane shows it"
    await _check(where)
    line = " ".join(plain(f"{mark} {telling.text}").split())
    buffer = f"orch-{telling.id}"
    await _tmux(where, "load-buffer", "-b", buffer, "-", stdin=line.encode())
    await _tmux(where, "paste-buffer", "-p", "-d", "-b", buffer, "-t", where.pane)
    for _ in range(_LOOKS):
        if await _shows(where, mark):
            await _tmux(where, "send-keys", "-t", where.pane, "Enter")
            return "the pane shows it"
        await asyncio.sleep(_LOOK_S)
    # Long pastes are folded by some programs ("[Pasted text]"), so nothing is typed twice.
    await _tmux(where, "send-keys", "-t", where.pane, "Enter")
    return "typed; the pane does not show it"


async def _check(where: ToPane) -> None:
    done = await _tmux(where, "display-message", "-p", "-t", where.pane, _FORMAT)
    dead, mode, command = (*done.stdout.decode(errors="replace").strip().split("|", 2), "", "")[:3]
    if not done.stdout.strip() or dead == "1":
        raise Permanent(f"there is no live pane {where.pane}", remedy="give another --lead")
    if mode not in {"", "0"}:
        raise Transient(f"somebody scrolls in pane {where.pane}")
    if command.lstrip("-") in _SHELLS:
        raise Transient(f"pane {where.pane} runs a shell ({command}), which would run the words")


async def _shows(where: ToPane, mark: str) -> bool:
    argv = ("capture-pane", "-p", "-J", "-S", _LOOK_BACK, "-t", where.pane)
    seen = (await _tmux(where, *argv)).stdout.decode(errors="replace")
    # A program wraps at its own width, which tmux can't join again.
    return "".join(mark.split()) in "".join(seen.split())


async def _tmux(where: ToPane, *words: str, stdin: bytes | None = None) -> Completed:
    server = ("-S", where.socket) if where.socket else ()
    own = {name: value for name, value in os.environ.items() if name not in {"TMUX", "TMUX_PANE"}}
    order = Order(argv=("tmux", *server, *words), env=own, stdin=stdin, timeout_s=_TIMEOUT_S)
    try:
        done = await run(order)
    except CannotStart as error:
        raise Permanent(str(error), remedy="install tmux") from error
    if done.timed_out:
        raise Transient("tmux does not answer")
    if not done.ok:
        said = done.stderr.decode(errors="replace").strip()
        raise Permanent(f"tmux {words[0]}: {said}", remedy="give another --lead")
    return done
