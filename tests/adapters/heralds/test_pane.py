"""Typing into a pane of tmux: once, on one line, and never into a shell or a scrolled pane."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orch.adapters.heralds.pane import type_into
from orch.core.address import ToPane
from orch.ports.errors import Permanent, Transient
from orch.ports.herald import Telling

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")

TELLING = Telling(
    id="t2-e17",
    task_id="t2",
    project="mine",
    title="Mend it",
    word="done",
    text="DONE: t2 (Mend it)\nis done\x1b[2J.",
    at=1.0,
)


READ = """
import subprocess, sys
with open(sys.argv[1], "w") as file:
    file.write(sys.stdin.readline())
subprocess.run(["tmux", "-S", sys.argv[2], "wait-for", "-S", "got"])
sys.stdin.read()
"""


def tmux(socket: str, *words: str) -> str:
    """Run a command of tmux on the test's own server."""
    argv = ("tmux", "-S", socket, "-f", "/dev/null", *words)
    done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=100)
    return done.stdout.strip()


@pytest.fixture
def socket() -> Iterator[str]:
    """Name a server of the test's own; nothing of it is left."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"{folder}/s"
        tmux(f"{folder}/s", "kill-server")


def open_pane(socket: str, *argv: str) -> ToPane:
    """Open a pane in which a program runs."""
    # By its own words env starts the program without a shell before it.
    pane = tmux(socket, "new-session", "-d", "-P", "-F", "#{pane_id}", "env", *argv)
    return ToPane(pane, socket)


async def test_a_pane_is_told_once(socket: str, tmp_path: Path) -> None:
    """One line with its id and Enter behind it; told again after a crash it is not typed again."""
    got = tmp_path / "got"
    pane = open_pane(socket, sys.executable, "-c", READ, str(got), socket)
    assert await type_into(pane, TELLING) == "the pane shows it"
    tmux(socket, "wait-for", "got")
    assert got.read_text() == "[orch t2-e17] DONE: t2 (Mend it) is done.\n"
    assert await type_into(pane, TELLING) == "the pane shows it"
    assert tmux(socket, "capture-pane", "-p", "-t", pane.pane).count("[orch t2-e17]") == 1


async def test_nothing_is_typed_into_a_shell(socket: str) -> None:
    """It would run the words; later an agent may sit there again."""
    pane = open_pane(socket, "sh")
    with pytest.raises(Transient, match="runs a shell"):
        await type_into(pane, TELLING)


async def test_nothing_is_typed_while_somebody_scrolls(socket: str) -> None:
    """The words would be taken for keys."""
    pane = open_pane(socket, "cat")
    tmux(socket, "copy-mode", "-t", pane.pane)
    with pytest.raises(Transient, match="scrolls"):
        await type_into(pane, TELLING)


async def test_a_pane_that_is_gone_is_told_as_such(socket: str) -> None:
    """Trying again would not help."""
    open_pane(socket, "cat")
    with pytest.raises(Permanent, match="tmux"):
        await type_into(ToPane("%99", socket), TELLING)
