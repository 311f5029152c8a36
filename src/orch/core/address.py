"""Addresses of leads: where somebody is told how the tasks end that they asked for."""

import re
import shlex
from dataclasses import dataclass

INBOX = "inbox"
_SESSION = re.compile(r"session:(?P<task>t\d+)\.\d+")
_PANE = re.compile(r"pane:(?P<pane>[^\s@]+)(?:@(?P<socket>/.+))?")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class ToSession:
    """The task whose session asked for the work; it is told by a message to its agent."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ToPane:
    """A pane of tmux, on the server at `socket` ("" is the usual one)."""

    pane: str
    socket: str = ""


@dataclass(frozen=True, slots=True)
class ToCommand:
    """A command; the words become its last argument, and its input says the same as JSON."""

    argv: tuple[str, ...]


Address = ToSession | ToPane | ToCommand
"""Where a lead is told; who has none looks into the inbox."""


def parse_address(lead: str | None) -> Address | None:
    """Read an address; None is the inbox, which is also where people are without one.

    Raises `ValueError` that says what is wrong with it.
    """
    text = (lead or "").strip()
    if text in {"", INBOX} or text.startswith("person:"):
        return None
    if len(text) > _LONGEST or not text.isprintable():
        raise ValueError(f"an address is one line of at most {_LONGEST} characters")
    if found := _SESSION.fullmatch(text):
        return ToSession(found["task"])
    if found := _PANE.fullmatch(text):
        return ToPane(found["pane"], found["socket"] or "")
    kind, _, rest = text.partition(":")
    if kind == "command":
        return ToCommand(_words(rest))
    raise ValueError(f"{text!r} is none of inbox, pane:TARGET, command:PROGRAM ARGUMENTS")


def _words(line: str) -> tuple[str, ...]:
    try:
        argv = tuple(shlex.split(line))
    except ValueError as error:
        raise ValueError(f"the command can't be read: {error}") from error
    if not argv or not argv[0]:
        raise ValueError("the command is empty")
    return argv
