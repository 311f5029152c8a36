"""The first program of a tmux window: waits to be recorded, then becomes the session's program.

Run by its path and by the bare interpreter, so that it starts in some milliseconds: it imports
nothing of orch.
"""

import json
import os
import signal
import sys
import termios
from contextlib import suppress
from pathlib import Path

_CANNOT_RUN = 127


def main(path: str) -> int:
    """Carry out the order at a path; returns only if the program can't be run."""
    order = json.loads(Path(path).read_bytes())
    Path(path).unlink()
    # The recorder writes a byte once it takes what is printed; until then nothing may be.
    with Path(order["gate"]).open("rb", buffering=0) as gate:
        gate.read(1)
    told = _open_told(order["told"])
    try:
        _prepare(order)
        os.chdir(order["cwd"])
        os.execvpe(order["argv"][0], order["argv"], _environment(order))  # noqa: S606 - no shell
    except OSError as error:
        why = {"errno": error.errno, "why": error.strerror or str(error), "of": error.filename}
        with suppress(OSError):
            os.write(told, json.dumps(why).encode())
    return _CANNOT_RUN


def _open_told(path: str) -> int:
    """Open the pipe on which the daemon waits; it closes by itself when the program begins."""
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # The daemon died meanwhile; the next one sees what became of it.
        return os.open(os.devnull, os.O_WRONLY)


def _prepare(order: dict[str, str]) -> None:
    if order["cgroup"]:
        with suppress(OSError):
            Path(order["cgroup"], "cgroup.procs").write_text("0")
    with suppress(termios.error):
        # Erasing in a line is to erase characters, not bytes.
        mode = termios.tcgetattr(0)
        mode[0] |= getattr(termios, "IUTF8", 0x4000)
        termios.tcsetattr(0, termios.TCSANOW, mode)
    # Python ignores these two, and what is ignored would stay so in the program.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _environment(order: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return what was ordered and nothing of tmux's own, but for the kind of terminal."""
    terminal = os.environ.get("TERM")
    return ({"TERM": terminal} if terminal else {}) | order["env"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
