"""Furnishes a worktree as the person's own: identity, hooks, submodules, what is ignored."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

from orch.adapters.hub import NO_PUSH, Hub, write_excludes
from orch.core.landing import Person
from orch.ports.workspace import WorkspaceSettings
from orch.system.git import Git, GitError
from orch.system.repository import common_dir, configured_hooks, lfs_patterns, submodule_paths
from orch.system.worktrees import find_admin

_HOOKS: Final = frozenset(
    {
        "applypatch-msg",
        "commit-msg",
        "post-checkout",
        "post-commit",
        "post-merge",
        "post-rewrite",
        "pre-applypatch",
        "pre-commit",
        "pre-merge-commit",
        "pre-push",
        "pre-rebase",
        "prepare-commit-msg",
    }
)
"""Hooks that run where somebody works; those of a receiving repository have no place here."""


async def furnish_hub(hub: Hub, settings: WorkspaceSettings) -> None:
    """Take over from the person's repository what all worktrees of the hub share.

    That is what is ignored, also by the person's private exclude files, and the hooks of
    `.git/hooks`: they are copied, so that an agent's commit runs what a person's commit runs, and
    nothing that an agent writes into a hook reaches the person's. Hooks kept in the tree
    (`core.hooksPath`) are used from the worktree itself.
    """
    person = Path(hub.project.path)
    # The first `git commit` would make this folder. Of two at the same moment one finds it made,
    # and exits 128 although its commit is there; its agent has then failed.
    with contextlib.suppress(FileExistsError):
        (hub.path / "rr-cache").mkdir()
    await write_excludes(hub.git, person, patterns=settings.copy)
    if await configured_hooks(person) is None:
        _copy_hooks(await common_dir(person) / "hooks", hub.path / "hooks")


def _copy_hooks(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    files = list(source.iterdir()) if source.is_dir() else []
    for file in files:
        if file.name in _HOOKS and os.access(file, os.X_OK):
            draft = target / f".{file.name}.new"
            shutil.copy2(file, draft)
            draft.replace(target / file.name)


async def personalise(hub: Hub, path: Path, *, identity: Person) -> None:
    """Give a worktree its identity and the folder of its hooks, in its own configuration."""
    admin = find_admin(hub.path, path)
    if admin is None:
        raise GitError(("worktree", str(path)), 1, stderr=f"{path} is not a worktree of {hub.path}")
    lines = ["[user]", f"\tname = {_quoted(identity.name)}", f"\temail = {_quoted(identity.email)}"]
    if hooks := await _named_hooks(Path(hub.project.path)):
        lines += ["[core]", f"\thooksPath = {_quoted(hooks)}"]
    block = "\n".join(lines) + "\n"
    file = admin / "config.worktree"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if not text.endswith(block):
        # What comes later in the file counts; what the set-up wrote before stays.
        file.write_text(text + block, encoding="utf-8")


async def _named_hooks(person: Path) -> str:
    """Return the folder of hooks that the configuration names, fit for a worktree; "" if none."""
    named = await configured_hooks(person) or ""
    if not named or not Path(named).is_absolute():
        return named
    top = (await Git(person, as_person=True).run("rev-parse", "--show-toplevel")).text
    inside = bool(top) and Path(named).is_relative_to(top)
    return str(Path(named).relative_to(top)) if inside else named


def _quoted(value: str) -> str:
    plain = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\0", "")
    return f'"{plain}"'


async def fill_submodules(hub: Hub, path: Path, *, commit: str) -> str:
    """Fill the submodules from the person's own copies, without network; return a remark.

    Their `origin` leads nowhere for pushing, as in the workspace itself. Those that the person
    has not filled stay empty, and the remark names them.
    """
    names = await submodule_paths(hub.git, commit)
    empty = [
        name for name in names if not await _fill(Path(hub.project.path) / name, path, name=name)
    ]
    if not empty:
        return ""
    return (
        f"Submodules left empty: {', '.join(empty)} (your person's repository has no copy of "
        "them). `git submodule update --init` in [workspace] setup would fetch them."
    )


async def _fill(source: Path, path: Path, *, name: str) -> bool:
    git = Git(path, config=(("protocol.file.allow", "always"),))
    if (path / name / ".git").exists():
        return True
    if not (source / ".git").exists():
        return False
    module = await Git(source, as_person=True)("rev-parse", "--absolute-git-dir")
    key = await git("config", "--file", ".gitmodules", "--get-regexp", r"\.path$")
    keys = [line.partition(" ") for line in key.splitlines()]
    label = next((k.removesuffix(".path") for k, _, value in keys if value == name), None)
    if label is None:
        return False
    local = git.with_config((f"{label}.url", module), (f"{label}.active", "true"))
    done = await local.run("submodule", "update", "--init", "--quiet", "--", name)
    if done.exit_code != 0:
        return False
    await Git(path / name)("config", "remote.origin.pushurl", NO_PUSH)
    return True


async def remark_lfs(hub: Hub, commit: str) -> str:
    """Say that large files are pointers, if the commit has patterns for them; "" if not."""
    patterns = await lfs_patterns(hub.git, commit)
    if not patterns:
        return ""
    there = shutil.which("git-lfs") is not None
    how = "run `git lfs pull` if you need their content" if there else "git-lfs is not installed"
    return f"Files kept by Git LFS ({', '.join(patterns)}) are pointers here; {how}."
