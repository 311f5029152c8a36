"""An agent: our translation for one agent program; pure, so that it is tested on recordings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from orch.core.settings import AgentProfile
from orch.core.signs import Sign, SignKind, Trouble
from orch.core.task import Task
from orch.ports.session_host import EndOfInput, Screen, Signal, Stretch


class Mode(StrEnum):
    """How orch talks with an agent program: its JSON on pipes, its own screen, or ACP."""

    HEADLESS = "headless"
    TERMINAL = "terminal"
    ACP = "acp"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOrder:
    """What a session is started for.

    `prompt_file` is where the prompt stands on the session's host; `environment` is what orch
    and the workspace give the session. `home` is a folder of the task's own for this agent: its
    configuration and conversations go there, and stay for later attempts. A `conversation` is the
    agent's own, to be resumed there. `inherited` is the environment of the daemon, from which the
    adapter takes what its program needs (credentials too, as the profile says).
    `hook_command` is what a hook has to run, as argv; empty if hooks are not to be injected.
    """

    task: Task
    profile: AgentProfile
    workspace: str
    prompt: str
    prompt_file: str
    environment: tuple[tuple[str, str], ...] = ()
    mode: Mode = Mode.HEADLESS
    home: str = ""
    conversation: str | None = None
    inherited: tuple[tuple[str, str], ...] = ()
    hook_command: tuple[str, ...] = ()


class Stdio(StrEnum):
    """What a session's standard streams are: a terminal of its own, or pipes."""

    PTY = "pty"
    PIPES = "pipes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start the program: its command, its whole environment, what it reads at first.

    `stdin` is written and then closed; None leaves the input open. `files` (absolute path,
    content) are written before it starts, readable by their owner only. `copies` (from, to) are
    the person's own files (credentials) that it may have: copied if they exist; `links` are
    linked instead, so that a renewed token reaches the person too.
    """

    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    stdio: Stdio = Stdio.PTY
    stdin: bytes | None = None
    files: tuple[tuple[str, bytes], ...] = ()
    copies: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


class Word(StrEnum):
    """What a session's end says about the work; evidence decides whether it is so.

    `HELD`: something that trying again at once would not mend (a limit, no sign-in) ended it.
    """

    DONE = "done"
    GAVE_UP = "gave_up"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a session ended, in the agent's own terms; `reason` is one sentence.

    `until` is when a limit ends, if it is known.
    """

    word: Word
    reason: str = ""
    summary: str = ""
    trouble: Trouble | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What is known at a session's end: how it exited, its last lines, all signs it showed.

    Exactly one of `exit_code` and `exit_signal` is set if its end was seen.
    """

    exit_code: int | None
    exit_signal: int | None
    tail: Sequence[str] = ()
    signs: Sequence[Sign] = ()


@dataclass(frozen=True, slots=True)
class Keystroke:
    """One write: what goes to the session, and how many seconds to wait after it."""

    what: bytes | Signal | EndOfInput
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How something is said to a session, and which sign after it proves that it was taken.

    `again` is what to write if no proof comes within `patience_s`: a lost Enter, never the text
    itself. Nothing in `confirms` means that the host's own delivery is proof enough.
    """

    strokes: tuple[Keystroke, ...]
    confirms: frozenset[SignKind] = frozenset()
    again: tuple[Keystroke, ...] = ()
    patience_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the protocol itself wants written now; `id` is the same whenever it is asked again."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRecord:
    """What a hook of the program told: its name and its payload, when (epoch seconds)."""

    event: str
    payload: Mapping[str, object]
    at: float


class Reader(Protocol):
    """Reads one session, fed with everything from its first byte on, in order; pure.

    The same input gives the same signs, replies and writings, so that a daemon which starts again
    reads a session anew and comes to the same place.
    """

    @property
    def speaks(self) -> bool:
        """Whether the program takes messages while it runs; False for one that only runs once."""
        ...

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read bytes that went out of the program, or into it."""
        ...

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Look at the screen of a terminal."""
        ...

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Read what a hook told."""
        ...

    def replies(self) -> Sequence[Reply]:
        """List all that the protocol has wanted written so far; the host writes each id once."""
        ...

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Say something to the agent, as a message of this id; None if it can't be told now.

        It can't be told where a program takes nothing while it runs, or a dialog is open.
        """
        ...

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer an open question or permission request; None if it is not open any more."""
        ...

    def interrupt(self) -> Writing | None:
        """Break off the turn without ending the session; None where the program can't."""
        ...

    def close(self) -> Writing | None:
        """Ask the program to exit, its work being claimed; None if it exits by itself."""
        ...


class Agent(Protocol):
    """Translates for one kind of agent program. No method waits or touches the world."""

    @property
    def adapter(self) -> str:
        """The name that a profile's `adapter` key uses."""
        ...

    @property
    def modes(self) -> tuple[Mode, ...]:
        """How the program can be driven; the first is the one without a `mode` in the profile."""
        ...

    def program(self, profile: AgentProfile) -> str:
        """Name the program that has to be there; empty if any shell will do."""
        ...

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start a session for a task. Raises `Permanent` for an unusable profile."""
        ...

    def reader(self, order: LaunchOrder) -> Reader:
        """Make the reader of a session that was started by this order."""
        ...

    def ending(self, end: End) -> Ending:
        """Read what an end says. The program's own last word counts, never the exit code alone."""
        ...
