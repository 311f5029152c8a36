"""Small programs that do one thing, for tests of session hosts: scripts known by their text."""

from dataclasses import dataclass

Argv = tuple[str, ...]

SAY = 'printf %s "$1"; exit "$2"'
WAIT = "echo ready; exec sleep 100000"
ECHO = "stty -echo 2>/dev/null; echo ready; exec cat"
RESIST = "trap '' TERM; echo ready; while :; do sleep 100000; done"
ASLEEP = 'until read name </proc/$!/comm && [ "$name" = sleep ]; do :; done'
"""Wait, in a script, until what it has sent to the background has become the program `sleep`."""

LEAVE = f"trap '' HUP; sleep 100000 & {ASLEEP}; echo left; exit 0"
LOOK_AROUND = 'printf "%s|%s" "$ORCH_SESSION" "$PWD"'
TALK = "echo to-out; echo to-err >&2; read line; echo got $line"


@dataclass(frozen=True, slots=True)
class Puppets:
    """Makes the command of each puppet."""

    def says(self, text: str, *, code: int = 0) -> Argv:
        """Print a text and exit."""
        return _script(SAY, text, str(code))

    def waits(self) -> Argv:
        """Print "ready" and stay until it is ended."""
        return _script(WAIT)

    def echoes(self) -> Argv:
        """Print "ready", then each line it reads, to the end of its input."""
        return _script(ECHO)

    def resists(self) -> Argv:
        """Print "ready" and ignore TERM."""
        return _script(RESIST)

    def leaves(self) -> Argv:
        """Print "left" and exit with 0, leaving a process behind."""
        return _script(LEAVE)

    def looks_around(self) -> Argv:
        """Print $ORCH_SESSION and $PWD with a bar between them, and exit."""
        return _script(LOOK_AROUND)

    def talks(self) -> Argv:
        """Print to output, then to error, read a line and print it, and exit."""
        return _script(TALK)


def _script(text: str, *words: str) -> Argv:
    return ("sh", "-c", text, "sh", *words)
