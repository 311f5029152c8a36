"""Whatever somebody may leave in a workspace, the guard keeps it or refuses."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.workspaces.guard import save_unreachable
from orch.ports.workspace import Saved
from orch.system.worktrees import find_admin
from orch.testing.repositories import Repository, make_empty, make_repository
from tests.adapters.workspaces.conftest import BRANCH, Bench


async def save_one(bench: Bench) -> Saved:
    """Guard the workspace, which must keep exactly one thing."""
    (saved,) = await save_unreachable(bench.order)
    assert bench.look("rev-parse", saved.ref) == saved.commit
    return saved


async def test_clean(bench: Bench) -> None:
    """Where all work is on the branch there is nothing to keep."""
    bench.agent.commit({"new": "new"})
    assert await save_unreachable(bench.order) == []


async def test_uncommitted(bench: Bench) -> None:
    """Changed, new, removed and renamed files, modes, links and odd names are kept exactly."""
    odd = os.fsdecode(b"odd \xff\n\t name")
    files: dict[str, str | bytes] = {
        "src/app.txt": "changed\r\n",
        "new/größe.txt": "",
        odd: "odd",
        "bin": b"\0\1",
    }
    bench.agent.write(files)
    (bench.agent.path / "README.md").unlink()
    (bench.agent.path / "link").symlink_to("/etc/passwd")
    (bench.agent.path / "bin").chmod(0o755)
    before = bench.agent.snapshot()
    saved = await save_one(bench)
    assert bench.agent.snapshot() == before
    names = set(bench.look("ls-tree", "-r", "-z", "--name-only", saved.commit).split("\0"))
    assert names - {""} == {*files, "link"}
    assert bench.look("show", f"{saved.commit}:src/app.txt") == "changed\r"
    assert bench.look("show", f"{saved.commit}:link") == "/etc/passwd"
    assert bench.look("ls-tree", saved.commit, "bin").startswith("100755")
    assert bench.look("rev-parse", f"{saved.commit}^") == bench.base
    assert saved.ref == "refs/orch/saved/t1/1/1"
    assert saved.what.startswith("uncommitted changes: ")
    assert "M src/app.txt" in bench.look("show", "-s", "--format=%B", saved.commit)


async def test_saved_once(bench: Bench) -> None:
    """A guard that comes again keeps nothing twice, and new work under a new number."""
    bench.agent.write({"a": "a"})
    bench.agent.git("add", "a")
    bench.agent.write({"a": "b"})
    await save_one(bench)
    assert await save_unreachable(bench.order) == []
    bench.agent.write({"b": "b"})
    assert (await save_one(bench)).ref == "refs/orch/saved/t1/1/2"


async def test_ignored(bench: Bench) -> None:
    """Ignored files are named, and kept if the project wants that."""
    bench.agent.commit({".gitignore": "*.log\nbuild/\n"})
    bench.agent.write({"new": "", "a.log": "log", "build/x/y": "y"})
    saved = await save_one(bench)
    assert bench.look("ls-tree", "-r", "--name-only", saved.commit, "a.log", "build") == ""
    assert "! a.log\n! build/" in bench.look("show", "-s", "--format=%B", saved.commit)
    (kept,) = await save_unreachable(replace(bench.order, keep_ignored=("*.log",)))
    assert bench.look("show", f"{kept.commit}:a.log") == "log"


async def test_staged(bench: Bench) -> None:
    """What was staged and then changed again is kept beside the change."""
    bench.agent.write({"README.md": "staged"})
    bench.agent.git("add", "-A")
    bench.agent.write({"README.md": "later"})
    saved = await save_one(bench)
    assert bench.look("show", f"{saved.commit}:README.md") == "later"
    assert bench.look("show", f"{saved.commit}^2:README.md") == "staged"


async def test_staged_then_reverted(bench: Bench) -> None:
    """What is only in the index is kept although the folder looks clean."""
    bench.agent.write({"README.md": "staged"})
    bench.agent.git("add", "-A")
    bench.agent.write({"README.md": "# A project\n"})
    saved = await save_one(bench)
    assert bench.look("show", f"{saved.commit}^2:README.md") == "staged"


async def test_stash(bench: Bench) -> None:
    """Stashes of this branch are kept, those of another task's branch are not ours."""
    bench.agent.write({"README.md": "first"})
    bench.agent.git("stash")
    bench.agent.write({"untracked": "second"})
    bench.agent.git("stash", "-u", "-m", "mine")
    bench.agent.git("checkout", "-q", "-b", "orch/t2-other")
    bench.agent.write({"README.md": "other"})
    bench.agent.git("stash")
    bench.agent.git("checkout", "-q", BRANCH)
    saved = await save_one(bench)
    assert saved.what.startswith("stash: ")
    parents = bench.look("rev-parse", f"{saved.commit}^@").split()
    assert bench.look("show", f"{parents[0]}:README.md") == "first"
    assert bench.look("show", f"{parents[1]}^3:untracked") == "second"
    assert len(parents) == 2


async def test_detached(bench: Bench) -> None:
    """Commits on a detached HEAD are kept, also when HEAD has left them."""
    bench.agent.git("checkout", "-q", "--detach")
    first = bench.agent.commit({"a": "a"}, "First")
    bench.agent.git("checkout", "-q", "--detach", bench.base)
    second = bench.agent.commit({"b": "b"}, "Second")
    saved = await save_one(bench)
    assert set(bench.look("rev-parse", f"{saved.commit}^@").split()) == {first, second}
    assert "Second" in saved.what


async def test_reset_away(bench: Bench) -> None:
    """Commits that a reset took from the branch are kept."""
    lost = bench.agent.commit({"a": "a"})
    bench.agent.git("reset", "-q", "--hard", "HEAD~1")
    saved = await save_one(bench)
    assert bench.look("rev-parse", f"{saved.commit}^@") == lost


async def test_unfinished_merge(bench: Bench) -> None:
    """A merge with conflicts is kept as it stands, with the side that was being merged."""
    bench.agent.git("checkout", "-q", "--detach")
    side = bench.agent.commit({"README.md": "theirs"})
    bench.agent.git("checkout", "-q", BRANCH)
    bench.agent.commit({"README.md": "ours"})
    with pytest.raises(AssertionError):
        bench.agent.git("merge", side)
    files, commits = await save_unreachable(bench.order)
    assert "unfinished merge" in files.what
    assert "<<<<<<<" in bench.look("show", f"{files.commit}:README.md")
    assert bench.look("rev-parse", f"{commits.commit}^@") == side


async def test_unfinished_rebase(bench: Bench) -> None:
    """A rebase that stopped keeps where it came from and what it had put aside."""
    bench.agent.git("checkout", "-q", "--detach")
    onto = bench.agent.commit({"README.md": "theirs"})
    bench.agent.git("checkout", "-q", BRANCH)
    bench.agent.commit({"README.md": "ours"})
    bench.agent.write({"src/app.txt": "put aside"})
    with pytest.raises(AssertionError):
        bench.agent.git("rebase", "--autostash", onto)
    saved = await save_unreachable(bench.order)
    kept = bench.look("rev-list", "--all", "--glob=refs/orch/saved", "--no-walk=unsorted")
    reachable = bench.look("rev-list", *(item.commit for item in saved)).split()
    contents = {bench.look("show", f"{commit}:src/app.txt") for commit in reachable}
    assert "put aside" in contents
    assert onto in reachable
    assert kept


async def test_branch_made_here(bench: Bench) -> None:
    """Branches that the agent made are kept."""
    bench.agent.git("checkout", "-q", "-b", "feature/x")
    commit = bench.agent.commit({"a": "a"})
    bench.agent.git("checkout", "-q", BRANCH)
    saved = await save_one(bench)
    assert saved.what.startswith("branch feature/x: ")
    assert bench.look("rev-parse", f"{saved.commit}^@") == commit


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
async def test_hidden_by_flag(bench: Bench, flag: str) -> None:
    """A change that the agent hid from git is kept."""
    bench.agent.git("update-index", flag, "README.md")
    bench.agent.write({"README.md": "hidden"})
    assert bench.agent.git("status", "--porcelain") == ""
    saved = await save_one(bench)
    assert bench.look("show", f"{saved.commit}:README.md") == "hidden"


async def test_hidden_by_config(bench: Bench) -> None:
    """Filters and hooks that the agent configured in the hub are not run and hide nothing."""
    for key in ("filter.x.clean", "core.fsmonitor", "core.sshCommand", "diff.external"):
        bench.agent.git("config", key, f"touch '{bench.agent.path}'/../ran; true")
    bench.agent.write({".gitattributes": "* filter=x text=auto\n", "a": "one\r\n"})
    saved = await save_one(bench)
    assert bench.look("cat-file", "blob", f"{saved.commit}:a") == "one\r"
    assert left(bench.agent.path.parent) == ["t1"]


def left(folder: Path) -> list[str]:
    """List a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_nested_repositories(bench: Bench, tmp_path: Path) -> None:
    """Repositories inside are kept with the commits that only they have."""
    made = make_repository(bench.agent.path / "deep" / "made", {"inner": "inner"})
    make_empty(bench.agent.path / "unborn").write({"x": "x"})
    upstream = make_repository(tmp_path / "upstream")
    bench.agent.git("clone", "-q", str(upstream.path), "cloned")
    saved = {item.what: item for item in await save_unreachable(bench.order)}
    assert set(saved) == {"repository inside: deep/made/", "repository inside: unborn/"}
    kept = saved["repository inside: deep/made/"]
    assert bench.look("rev-parse", f"{kept.commit}^@") == made.head
    assert bench.look("show", f"{kept.commit}:inner") == "inner"
    assert bench.look("show", f"{saved['repository inside: unborn/'].commit}:x") == "x"


async def test_new_repository_in_place(bench: Bench) -> None:
    """An agent that throws .git away and begins anew loses neither history nor files."""
    (bench.agent.path / ".git").unlink()
    bench.agent.git("init", "-q")
    commit = bench.agent.commit({"anew": "anew"})
    saved = {item.what: item.commit for item in await save_unreachable(bench.order)}
    inner = saved["repository inside: the folder's own .git"]
    assert bench.look("rev-parse", f"{inner}^@") == commit
    assert bench.look("show", f"{saved['uncommitted changes: anew']}:anew") == "anew"


async def test_forgotten_by_git(bench: Bench) -> None:
    """A folder that git no longer knows is kept against its branch."""
    bench.agent.write({"a": "a"})
    shutil.rmtree(bench.hub.path / "worktrees")
    saved = await save_one(bench)
    assert saved.what == "uncommitted changes: a"
    assert bench.look("rev-parse", f"{saved.commit}^") == bench.base


async def test_broken_index(bench: Bench) -> None:
    """A worktree whose index is rubbish is kept all the same."""
    bench.agent.write({"a": "a"})
    index = state(bench) / "index"
    index.write_bytes(b"rubbish")
    assert (await save_one(bench)).what == "uncommitted changes: a"


async def test_held_index_lock(bench: Bench) -> None:
    """A lock on the workspace's index, stale or not, stops nothing: the guard has its own."""
    (state(bench) / "index.lock").touch()
    bench.agent.write({"a": "a"})
    await save_one(bench)


async def test_folder_gone(bench: Bench) -> None:
    """Commits outlive the folder they were made in."""
    bench.agent.git("checkout", "-q", "--detach")
    commit = bench.agent.commit({"a": "a"})
    shutil.rmtree(bench.agent.path)
    assert bench.look("rev-parse", f"{(await save_one(bench)).commit}^@") == commit


def state(bench: Bench) -> Path:
    """Find the folder where git keeps the worktree's state."""
    admin = find_admin(bench.hub.path, bench.agent.path)
    assert admin is not None
    return admin


async def test_submodule(bench: Bench, tmp_path: Path) -> None:
    """Commits made inside a submodule, and changes there, are kept."""
    upstream = make_repository(tmp_path / "lib", {"lib": "lib"})
    allow = ("-c", "protocol.file.allow=always")
    bench.agent.git(*allow, "submodule", "--quiet", "add", str(upstream.path), "lib")
    bench.agent.commit(message="Add it")
    assert await save_unreachable(bench.order) == []
    inner = Repository(bench.agent.path / "lib")
    commit = inner.commit({"lib": "changed"})
    inner.write({"lib": "uncommitted"})
    saved = {item.what: item.commit for item in await save_unreachable(bench.order)}
    kept = saved["repository inside: lib/"]
    assert bench.look("rev-parse", f"{kept}^@") == commit
    assert bench.look("show", f"{kept}:lib") == "uncommitted"
