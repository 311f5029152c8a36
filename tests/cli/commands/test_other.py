"""Prove the verbs beside the work."""

import subprocess
import sys

import pytest

from orch import __version__
from tests.cli.conftest import Terminal


def run(*words: str) -> str:
    """Run a verb that needs no daemon."""
    argv = [sys.executable, "-m", "orch.cli.main", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_the_version_is_printed() -> None:
    """By the verb and by the option."""
    assert run("version").startswith(f"orch {__version__}\n")
    assert run("--version") == f"orch {__version__}\n"


@pytest.mark.parametrize(
    ("shell", "part"), [("bash", "complete -o"), ("zsh", "#compdef orch"), ("fish", "complete")]
)
def test_each_shell_gets_its_completions(shell: str, part: str) -> None:
    """Which call orch again for what is possible."""
    script = run("completions", shell)
    assert part in script
    assert "_ORCH_COMPLETE" in script


async def test_an_unknown_shell_is_refused(orch: Terminal) -> None:
    """With one that is known."""
    found = await orch.run("completions", "tcsh")
    assert (found.code, "next: orch completions bash" in found.err) == (1, True)


async def test_a_database_in_use_is_not_migrated(orch: Terminal) -> None:
    """The daemon has to be stopped first."""
    found = await orch.run("state", "migrate", "sqlite", "other.db", "--yes")
    assert (found.code, "next: orch daemon stop" in found.err) == (1, True)
