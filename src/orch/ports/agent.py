"""An agent: our translation for one agent program; pure, so that it is tested on recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from orch.core.settings import AgentProfile
from orch.core.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOrder:
    """What a session is started for.

    `prompt_file` is where the prompt stands on the session's host; `environment` is what orch
    and the workspace give the session. A `conversation` is the agent's own, to be resumed.
    """

    task: Task
    profile: AgentProfile
    workspace: str
    prompt: str
    prompt_file: str
    environment: tuple[tuple[str, str], ...] = ()
    conversation: str | None = None


class Stdio(StrEnum):
    """What a session's standard streams are: a terminal of its own, or pipes."""

    PTY = "pty"
    PIPES = "pipes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How to start the program: its command, its whole environment, what it reads at first.

    `files` (path, content) are written before it starts, readable by their owner only.
    """

    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    stdio: Stdio = Stdio.PTY
    stdin: bytes | None = None
    files: tuple[tuple[str, bytes], ...] = ()


class Word(StrEnum):
    """What a session's end says about the work; evidence decides whether it is so."""

    DONE = "done"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a session ended, in the agent's own terms; `reason` is one sentence."""

    word: Word
    reason: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether the program can be started on this machine; `remedy` says what to do if not."""

    program: str
    found: str | None
    version: str = ""
    remedy: str = ""


class Agent(Protocol):
    """Translates for one kind of agent program. No method waits or touches the world."""

    @property
    def adapter(self) -> str:
        """The name that a profile's `adapter` key uses."""
        ...

    def program(self, profile: AgentProfile) -> str:
        """Name the program that has to be there; empty if any shell will do."""
        ...

    def launch(self, order: LaunchOrder) -> Launch:
        """Say how to start a session for a task. Raises `Permanent` for an unusable profile."""
        ...

    def ending(
        self, *, exit_code: int | None, exit_signal: int | None, tail: Sequence[str]
    ) -> Ending:
        """Read what an end says; `tail` is the last lines that the session printed."""
        ...
