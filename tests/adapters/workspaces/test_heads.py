"""Where a branch goes on is decided by what git says, not by its silence."""

import os
import shutil
from pathlib import Path

import pytest

from orch.adapters.hub import fetch_base
from orch.adapters.workspaces.heads import choose_start
from orch.core.project import Project
from orch.ports.workspace import PrepareOrder, WorkspaceSettings
from orch.system.git import GitError
from orch.testing.repositories import Repository
from orch.testing.workspace_kit import AGENT
from tests.adapters.workspaces.conftest import BRANCH, Bench


@pytest.fixture(params=["kill -9 $$", "exit 128", "exit 1"])
def failing_merges(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put a git on the PATH that ends in some way before it has merged anything."""
    place = tmp_path / "bin"
    place.mkdir()
    begin = f'#!/bin/sh\n[ "$1" != merge-tree ] || {request.param}\n'
    (place / "git").write_text(f"{begin}exec '{shutil.which('git')}' \"$@\"\n")
    (place / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")


@pytest.mark.usefixtures("failing_merges")
async def test_a_git_that_fails_does_not_set_work_aside(
    bench: Bench, project: Project, person: Repository
) -> None:
    """Whether the earlier work merges is not known then: the branch stays, and it is asked anew."""
    bench.agent.commit({"mine.txt": "mine"})
    person.commit({"theirs.txt": "theirs"})
    base = await fetch_base(project, "main")
    order = PrepareOrder(
        project=project,
        task_id="t1",
        slug="first",
        attempt=2,
        branch=BRANCH,
        base="main",
        settings=WorkspaceSettings(),
        identity=AGENT,
        renew=True,
    )
    with pytest.raises(GitError, match="merge-tree"):
        await choose_start(bench.hub, order, base=base, kept=True)
