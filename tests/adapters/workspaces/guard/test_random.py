"""Whatever an agent does with git, in any order: no commit, stash or file of it is lost."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from orch.adapters.workspaces.guard import save_unreachable
from orch.system.worktrees import remove_worktree
from orch.testing.repositories import Repository, make_project, make_repository
from tests.adapters.workspaces.conftest import BRANCH, Bench, make_bench

Step = Callable[[Repository, int], object]

STEPS: Final[Mapping[str, Step]] = {
    "write": lambda agent, i: agent.write({f"f{i % 3}": f"content {i}\n"}),
    "add": lambda agent, _: agent.git("add", "-A"),
    "commit": lambda agent, i: agent.commit({f"c{i % 2}": str(i)}),
    "stash": lambda agent, _: agent.git("stash", "-u"),
    "detach": lambda agent, _: agent.git("checkout", "-q", "--detach"),
    "back": lambda agent, _: agent.git("checkout", "-q", BRANCH),
    "reset": lambda agent, _: agent.git("reset", "-q", "--soft", "HEAD~1"),
    "amend": lambda agent, i: agent.git("commit", "-q", "--amend", "--allow-empty", "-m", str(i)),
    "branch": lambda agent, i: agent.git("checkout", "-q", "-B", f"b{i % 2}"),
    "merge": lambda agent, i: agent.git("merge", "-q", f"b{i % 2}"),
    "rebase": lambda agent, i: agent.git("rebase", "-q", "--autostash", f"b{i % 2}"),
    "remove": lambda agent, _: (agent.path / "f0").unlink(missing_ok=True),
    "hide": lambda agent, _: agent.git("update-index", "--assume-unchanged", "f0"),
}


@settings(max_examples=max(20, settings().max_examples // 3))
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=14))
def test_nothing_is_lost(steps: list[str]) -> None:
    """After any steps, the guard and a removal, the hub's refs reach all that was there."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(tell_story(Path(folder), steps))


async def tell_story(folder: Path, steps: list[str]) -> None:
    """Let an agent take these steps, destroy its workspace, and look for its work."""
    person = make_repository(folder / "person", {"f0": "0\n", "f1": "1\n"})
    bench = await make_bench(make_project(folder / "home", person), folder / "work")
    made: set[str] = set()
    for i, step in enumerate(steps):
        # A step that git refuses is a step that does nothing, or leaves things half-done.
        with contextlib.suppress(AssertionError):
            STEPS[step](bench.agent, i)
        made |= names(bench, "HEAD") | names(bench, "refs/stash")
    files = contents(bench.agent)
    await save_unreachable(bench.order)
    await remove_worktree(bench.hub.git, bench.agent.path)
    kept = ("--glob=refs/heads/orch", "--glob=refs/orch")
    assert made <= set(bench.look("rev-list", *kept).split())
    assert files <= {
        line.split()[0] for line in bench.look("rev-list", "--objects", *kept).split("\n")
    }


def names(bench: Bench, name: str) -> set[str]:
    """Resolve a name in the workspace, if it is there."""
    with contextlib.suppress(AssertionError):
        return {bench.agent.git("rev-parse", "--verify", "-q", name)}
    return set()


def contents(agent: Repository) -> set[str]:
    """Name the content of each file that lies in the workspace, as git would."""
    files = [str(path) for path in agent.path.iterdir() if path.is_file() and path.name != ".git"]
    return set(agent.git("hash-object", "--no-filters", "--", *files).split()) if files else set()
