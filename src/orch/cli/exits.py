"""The one error edge: every failure becomes a message, the next command, and an exit code."""

import os
import sys

from orch.cli.text import one_line, plain
from orch.wire.codes import Code, WireError, exit_code

OK, FAILED, USAGE, BUG, TIMED_OUT, INTERRUPTED, PIPE = 0, 1, 2, 3, 124, 130, 141
"""The exit codes; PIPE is what shells expect of a program whose reader has gone."""


class Failed(Exception):
    """An expected failure of a command: what happened, and the command to run next."""

    def __init__(self, message: str, *, then: str = "", code: int = FAILED) -> None:
        """Keep the message, `then` the command to run, and the exit code."""
        super().__init__(message)
        self.then, self.code = then, code


class UsageError(Failed):
    """The command line is wrong as it stands; nothing was done."""

    def __init__(self, message: str, *, then: str = "") -> None:
        """Keep the message; `then` shows a line that would be right."""
        super().__init__(message, then=then, code=USAGE)


def tell(error: Failed | WireError) -> int:
    """Print an expected failure and return its exit code."""
    print(f"orch: {plain(str(error))}", file=sys.stderr)
    if isinstance(error, Failed):
        _next(error.then)
        return error.code
    for candidate in error.candidates:
        print(f"  {one_line(candidate)}", file=sys.stderr)
    if error.kept:
        print(f"kept: {one_line(error.kept)}", file=sys.stderr)
    if error.report:
        print(f"report: {error.report}", file=sys.stderr)
    _next(error.next)
    return exit_code(error.code)


def _next(command: str) -> None:
    if command:
        print(f"next: {one_line(command)}", file=sys.stderr)


def confess(error: BaseException, argv: list[str]) -> int:
    """Write down a bug of the command line itself, and say where; returns the exit code."""
    import traceback

    path = _report("".join(traceback.format_exception(error)), argv)
    print(f"orch: this is a bug: {type(error).__name__}: {error}", file=sys.stderr)
    print(f"report: {path}" if path else "(the report could not be written)", file=sys.stderr)
    return BUG


def _report(text: str, argv: list[str]) -> str:
    import time

    from orch import __version__
    from orch.cli.home import home

    path = f"{home()}/logs/crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    # Arguments may carry a prompt; the verb is what helps to find the fault.
    verb = " ".join(word for word in argv[:2] if not word.startswith("-"))
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        with open(path, "x", encoding="utf-8") as file:  # noqa: PTH123
            file.write(f"orch {__version__}, Python {sys.version}\nduring: orch {verb}\n\n{text}")
    except OSError:
        return ""
    return path


def lost_reader() -> int:
    """Stop writing to a reader that has gone, without a word."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stdout.fileno())
    return PIPE


def interrupted() -> int:
    """Say nothing: the person knows that they pressed ^C."""
    return INTERRUPTED


__all__ = ["Code", "Failed", "UsageError", "confess", "interrupted", "lost_reader", "tell"]
