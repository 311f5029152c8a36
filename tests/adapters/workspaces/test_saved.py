"""What was saved can be found, read and brought back."""

import pytest

from orch.adapters.workspaces.guard import save_unreachable
from orch.adapters.workspaces.saved import (
    list_saved,
    restore_as_branch,
    restore_into,
    show_saved,
)
from orch.ports.errors import Permanent
from orch.ports.workspace import Saved
from orch.testing.repositories import Repository
from tests.adapters.workspaces.conftest import Bench


async def save(bench: Bench) -> Saved:
    """Save one thing."""
    (saved,) = await save_unreachable(bench.order)
    return saved


def read(bench: Bench, name: str) -> str:
    """Read a file of the workspace."""
    return (bench.agent.path / name).read_text(encoding="utf-8")


async def test_listed_as_saved(bench: Bench) -> None:
    """The list tells what saving told."""
    bench.agent.write({"größe": "1"})
    saved = await save(bench)
    assert await list_saved(bench.hub) == [saved]
    assert await list_saved(bench.hub, task_id="t2") == []
    # The prefix of another task's id is not that task.
    assert await list_saved(bench.hub, task_id="t") == []


async def test_show(bench: Bench) -> None:
    """Files are shown with their changes, commits with their history."""
    bench.agent.write({"README.md": "changed\n"})
    files = await save(bench)
    bench.agent.git("checkout", "-q", "-f", "--detach")
    bench.agent.commit({"a": "a"}, "Elsewhere")
    commits = await save(bench)
    shown = await show_saved(bench.hub, files.ref)
    assert "M README.md" in shown
    assert "+changed" in shown
    assert "Elsewhere" in await show_saved(bench.hub, commits.ref.removeprefix("refs/orch/saved/"))
    with pytest.raises(Permanent, match="nothing was saved as t9/1/1"):
        await show_saved(bench.hub, "t9/1/1")


async def test_restored_as_branch(bench: Bench, person: Repository) -> None:
    """Saved files become a branch that the person can fetch with the command that is told."""
    bench.agent.write({"new": "new"})
    saved = await save(bench)
    restored = await restore_as_branch(bench.hub, saved.ref)
    assert restored.branch == "orch/saved-t1-1-1"
    assert await restore_as_branch(bench.hub, saved.ref) == restored
    person.git(*fetch_words(restored.command))
    assert person.git("show", "orch/saved-t1-1-1:new") == "new"
    with pytest.raises(Permanent, match="is there already"):
        await restore_as_branch(bench.hub, saved.ref, branch="orch/t1-first")


def fetch_words(command: str) -> list[str]:
    """Take the words of a told command apart, as a shell would."""
    _, *words = command.replace("'", "").split(" ")
    return words


async def test_commits_restored_as_they_were(bench: Bench) -> None:
    """Commits that were left behind come back under their own ids."""
    bench.agent.git("checkout", "-q", "--detach")
    commit = bench.agent.commit({"a": "a"})
    saved = await save(bench)
    restored = await restore_as_branch(bench.hub, saved.ref, branch="back")
    assert bench.look("rev-parse", restored.branch) == commit


async def test_restored_into_a_workspace(bench: Bench) -> None:
    """Saved files come back uncommitted, also binary and removed ones."""
    bench.agent.write({"README.md": "changed\n", "bin": b"\0\1\2", "größe": "1"})
    (bench.agent.path / "src" / "app.txt").unlink()
    saved = await save(bench)
    bench.agent.git("checkout", "-q", "-f", "HEAD")
    bench.agent.git("clean", "-fdq")
    names = await restore_into(bench.hub, saved.ref, workspace=bench.agent.path)
    assert set(names) == {"README.md", "bin", "größe", "src/app.txt"}
    assert read(bench, "README.md") == "changed\n"
    assert (bench.agent.path / "bin").read_bytes() == b"\0\1\2"
    status = bench.agent.git("-c", "core.quotePath=false", "status", "--porcelain")
    assert set(status.splitlines()) == {" M README.md", "?? bin", "?? größe", " D src/app.txt"}


async def test_nothing_is_overwritten(bench: Bench) -> None:
    """Where uncommitted work is in the way, or the files have changed, nothing is changed."""
    bench.agent.write({"README.md": "saved\n", "other": "other"})
    saved = await save(bench)
    bench.agent.git("clean", "-fdq")
    bench.agent.write({"README.md": "in the way\n"})
    with pytest.raises(Permanent, match=r"would be overwritten: README\.md"):
        await restore_into(bench.hub, saved.ref, workspace=bench.agent.path)
    bench.agent.git("commit", "-qam", "Another")
    with pytest.raises(Permanent, match="do not fit"):
        await restore_into(bench.hub, saved.ref, workspace=bench.agent.path)
    assert read(bench, "README.md") == "in the way\n"
    assert bench.agent.git("status", "--porcelain") == ""
