"""Give orders to a tmux server, and say what it means when no answer comes."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from orch.adapters.session_hosts.starting import clean_environment, scope
from orch.system.paths import Home
from orch.system.run import CannotStart, Order, run

SESSION = "orch"
"""The tmux session whose windows the sessions are."""

OLDEST = (3, 3)
"""The first tmux that tells by which signal a pane's program died."""

REMEDY = (
    "install tmux 3.3 or newer, or run `orch config set --global daemon.session_host builtin`; "
    "then `orch daemon restart`"
)

_PATIENCE_S = 10.0
_VERSION = re.compile(r"(\d+)\.(\d+)")

_NOBODY_THERE = ("no server running", "server exited", "lost server")
_NO_SOCKET = "No such file or directory"
_NO_TARGET = ("can't find", "duplicate session")

Command = tuple[str, ...]


class NoServer(Exception):
    """No tmux server listens at the socket: whatever it held has been hung up."""


class NoTarget(Exception):
    """The server answers: it has no such session, window or pane, or has it already."""


class Silent(Exception):
    """The server did not answer, or not in words that say anything: nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmux:
    """One tmux server, known by its socket.

    `is_own` says that it is there for orch alone and is started without the person's settings.
    """

    socket: str
    is_own: bool = True
    program: str = "tmux"
    patience_s: float = _PATIENCE_S

    @classmethod
    def of(cls, home: Home, *, socket: str = "") -> "Tmux":
        """Return the server of a home, or the person's own one at a socket.

        "default" stands for the socket that a plain `tmux` uses.
        """
        if not socket:
            return cls(socket=str(home.sockets / "tmux.sock"))
        return cls(socket=_default_socket() if socket == "default" else socket, is_own=False)

    async def do(self, *commands: Command, stdin: bytes | None = None) -> str:
        """Let the server carry out commands, one after the other; return what they print.

        Raises `NoServer`, `NoTarget` and `Silent`; after the last of them the commands may have
        been carried out.
        """
        return await self._run((), *commands, stdin=stdin)

    async def start(self, home: Home, *commands: Command) -> str:
        """Do the same where no server may be running yet: the first command starts it."""
        Path(self.socket).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await self._run(scope(home, clean_environment(os.environ), what="tmux"), *commands)

    async def version(self) -> str:
        """Return what the program says of its version, "" where there is none."""
        try:
            done = await run(Order(argv=(self.program, "-V"), timeout_s=self.patience_s, cwd="/"))
        except CannotStart:
            return ""
        return done.stdout.decode(errors="replace").strip()

    def argv(self, *commands: Command) -> tuple[str, ...]:
        """Return the command line that gives these commands."""
        plain = ("-f", os.devnull) if self.is_own else ()
        words: list[str] = []
        for command in commands:
            words += [*([";"] if words else []), *map(_escaped, command)]
        return (self.program, "-u", *plain, "-S", self.socket, *words)

    async def _run(
        self, prefix: tuple[str, ...], *commands: Command, stdin: bytes | None = None
    ) -> str:
        order = Order(
            argv=(*prefix, *self.argv(*commands)),
            env=clean_environment(os.environ) | {"LC_ALL": "C.UTF-8"},
            stdin=stdin,
            timeout_s=self.patience_s,
            grace_s=0.0,
            cwd="/",
            reap=False,
        )
        try:
            done = await run(order)
        except CannotStart as error:
            raise Silent(str(error)) from error
        if done.timed_out:
            raise Silent(f"the tmux server at {self.socket} does not answer")
        if done.ok:
            return done.stdout.decode(errors="replace")
        raise _failure(done.stderr.decode(errors="replace").strip() or done.ending)


def why_unfit(version: str) -> str:
    """Say why a tmux of this version can't hold sessions; "" if it can."""
    if not version:
        return "there is no program tmux on the daemon's PATH"
    found = parse_version(version)
    # One without a number is a newer one that somebody built.
    if found is not None and found < OLDEST:
        return f"{version} is too old to tell how a program ended: 3.3 does"
    return ""


def parse_version(text: str) -> tuple[int, int] | None:
    """Read what `tmux -V` prints ("tmux 3.3a"); None if there is no number in it."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else None


def _failure(why: str) -> Exception:
    if any(words in why for words in _NOBODY_THERE) or (
        why.startswith("error connecting") and _NO_SOCKET in why
    ):
        return NoServer(why)
    return NoTarget(why) if why.startswith(_NO_TARGET) else Silent(f"tmux: {why}")


def _escaped(word: str) -> str:
    """Keep a semicolon at the end of a word from ending the command."""
    return word[:-1] + "\\;" if word.endswith(";") else word


def _default_socket() -> str:
    folder = os.environ.get("TMUX_TMPDIR") or "/tmp"  # noqa: S108 - where tmux itself puts it
    return f"{folder}/tmux-{os.getuid()}/default"
