"""What all worktrees of a hub share is there before the first agent works."""

import os
import shlex
import subprocess
from pathlib import Path

from orch.adapters.hub import open_hub
from orch.adapters.workspaces.furnish import furnish_hub
from orch.core.project import Project
from orch.ports.workspace import WorkspaceSettings
from orch.testing.repositories import Repository
from tests.adapters.workspaces.conftest import Bench


def entries(hub: Path) -> list[str]:
    """List what is in a hub's own folder."""
    return sorted(path.name for path in hub.iterdir())


def commit_second(bench: Bench, log: Path) -> "subprocess.CompletedProcess[str]":
    """Commit what is staged, in a world where somebody else has just made the shared folder."""
    shared = shlex.quote(str(bench.hub.path / "rr-cache"))
    trace = f"strace -f -qq -o {shlex.quote(str(log))} -P {shared} -e trace=mkdir"
    who = "-c user.name=Agent -c user.email=agent@example.org"
    return subprocess.run(
        shlex.split(f"{trace} -e inject=mkdir:error=EEXIST git {who} commit -q -m work"),
        cwd=bench.agent.path,
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_first_commit_makes_nothing_that_is_shared(bench: Bench) -> None:
    """What two agents would both make at their first commits, one of them would fail at."""
    await furnish_hub(bench.hub, WorkspaceSettings())
    before = entries(bench.hub.path)
    bench.agent.commit({"new.txt": "new"})
    assert entries(bench.hub.path) == before


async def test_a_commit_that_comes_second_is_no_failure(bench: Bench, tmp_path: Path) -> None:
    """Two agents make their first commits at once: to git's mkdir the folder is there already."""
    await furnish_hub(bench.hub, WorkspaceSettings())
    bench.agent.write({"new.txt": "new"})
    bench.agent.git("add", "-A")
    done = commit_second(bench, tmp_path / "log")
    assert (done.returncode, done.stderr) == (0, "")
    assert bench.agent.git("status", "--porcelain") == ""


async def test_whatever_lies_there_is_left_alone(project: Project) -> None:
    """A hub of an earlier time gets its folder, one that has it keeps it, and what is in it."""
    hub = await open_hub(project)
    await furnish_hub(hub, WorkspaceSettings())
    kept = Repository(hub.path / "rr-cache")
    kept.write({"known/preimage": "one"})
    await furnish_hub(hub, WorkspaceSettings())
    assert (kept.path / "known" / "preimage").read_text() == "one"
