"""The scripted agent that ships with orch: a real program that does what its script says."""

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from orch.adapters.agents.endings import how_it_ended, last_line
from orch.adapters.agents.environment import session_environment
from orch.adapters.agents.osc import OscReader
from orch.adapters.agents.silent import SilentReader
from orch.core.settings import AgentProfile
from orch.core.signs import Choice, Sign, SignKind, Source, Trouble
from orch.core.usage import Usage
from orch.ports.agent import (
    End,
    Ending,
    Keystroke,
    Launch,
    LaunchOrder,
    Mode,
    Stdio,
    Word,
    Writing,
)
from orch.ports.errors import Permanent
from orch.ports.session_host import Direction, Stretch

GAVE_UP_EXIT = 3
"""What the scripted agent exits with after the step `give_up`; its last line is the reason."""


OSC_NUMBER: Final = 7501
"""What the scripted agent shows of itself are operating system commands of this number."""

_TURN: Final = frozenset({SignKind.TURN_BEGAN, SignKind.ACCEPTED})
_OVER: Final = frozenset({SignKind.TURN_ENDED, SignKind.FINISHED})


class ScriptedReader(SilentReader):
    """Reads the signs that a talking script shows; of any other script it sees only output."""

    def __init__(self) -> None:
        """Begin with nothing read; it does not speak before it has said that it listens."""
        self.speaks = False
        self._sequences = OscReader()
        self._open: set[str] = set()
        self._in_turn = False

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Find the sequences in what it printed."""
        if stretch.direction is not Direction.OUT:
            return ()
        return [
            sign
            for number, text in self._sequences.feed(stretch.data)
            if number == OSC_NUMBER
            for sign in self._told(text, at)
        ]

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Write it as a line; the script says by its id that it has taken it."""
        return self._line(SignKind.ACCEPTED, say=text, ref=ref) if self.speaks else None

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer what is open."""
        if ref not in self._open:
            return None
        return self._line(SignKind.SETTLED, answer=ref, choice=choice, text=text)

    def interrupt(self) -> Writing | None:
        """Break off what it works on."""
        return self._line(SignKind.TURN_ENDED, interrupt=True) if self._in_turn else None

    def close(self) -> Writing | None:
        """Ask it to exit; a script that does not listen ends by itself."""
        return self._line(close=True) if self.speaks else None

    def _line(self, *confirms: SignKind, **said: object) -> Writing:
        line = json.dumps(said).encode() + b"\n"
        return Writing(strokes=(Keystroke(line),), confirms=frozenset(confirms))

    def _told(self, text: str, at: float) -> Iterator[Sign]:
        try:
            told = json.loads(text)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        if told.get("kind") == "listens":
            self.speaks = True
        elif told.get("kind") in tuple(SignKind):
            try:
                sign = _sign(told, at)
            except (TypeError, ValueError):
                return  # Something else printed it.
            self._note(sign)
            yield sign

    def _note(self, sign: Sign) -> None:
        if sign.kind in _TURN or sign.kind in _OVER:
            self._in_turn = sign.kind in _TURN
        elif sign.kind in {SignKind.ASKED, SignKind.WANTS_PERMISSION}:
            self._open.add(sign.ref)
        elif sign.kind is SignKind.SETTLED:
            self._open.discard(sign.ref)


def _sign(told: dict[str, Any], at: float) -> Sign:
    trouble, usage, until = told.get("trouble"), told.get("usage"), told.get("until")
    return Sign(
        kind=SignKind(told["kind"]),
        source=Source.PROTOCOL,
        at=at,
        text=str(told.get("text", "")),
        ref=str(told.get("ref", "")),
        choices=tuple(Choice(**choice) for choice in told.get("choices", ())),
        trouble=Trouble(trouble) if trouble else None,
        until=float(until) if until is not None else None,
        usage=Usage(**usage) if usage else None,
        ok=bool(told.get("ok", True)),
    )


class ScriptedAgent:
    """Starts `python -m orch.testing.scripted_agent SCRIPT` in the workspace."""

    adapter = "scripted"
    modes = (Mode.TERMINAL, Mode.HEADLESS)

    def program(self, profile: AgentProfile) -> str:
        """Name the interpreter, which is the one that runs orch."""
        del profile
        return sys.executable

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start the script."""
        profile = order.profile
        if not profile.script:
            raise Permanent(
                f"agent {profile.name} has no script",
                remedy=f"set agents.{profile.name}.script to the path of a script",
            )
        return Launch(
            argv=(sys.executable, "-m", "orch.testing.scripted_agent", profile.script),
            environment=session_environment(order.environment, profile.env),
            stdio=Stdio.PTY if profile.tty else Stdio.PIPES,
        )

    def reader(self, order: LaunchOrder) -> ScriptedReader:
        """Make a reader that sees output and silence, and what a talking script shows."""
        del order
        return ScriptedReader()

    def ending(self, end: End) -> Ending:
        """Take exit 0 for a claim; a script may give up with its own words."""
        last = last_line(end)
        if end.exit_code == 0:
            return Ending(word=Word.DONE, summary=last)
        if end.exit_code == GAVE_UP_EXIT:
            return Ending(word=Word.GAVE_UP, reason=f"the agent gave up: {last}")
        return Ending(
            word=Word.GAVE_UP, reason=f"the agent ended with {how_it_ended(end)}", summary=last
        )
