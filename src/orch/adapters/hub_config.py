"""Keeps a hub's configuration as orch wrote it: whoever works in a worktree of it can write there.

`git config core.bare true`, or an extension that git does not know, set by an agent or by what a
gate runs, would otherwise make the hub unreadable for everybody, for good.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from orch.system.git import Git, GitError, split_z

_KEPT: Final = "orch.config"
"""The file's content as orch wrote it, beside it."""

_OURS: Final = ("core.", "extensions.")
"""Sections that are orch's alone: they say how all worktrees are read."""

_THEIRS: Final = frozenset({"core.hookspath", "core.editor", "core.pager"})
"""But for habits of who works there, such as the hooks that a project's set-up installs.

Orch's own git heeds none of them.
"""

_Look = tuple[int, int, int]
_Values = dict[str, list[str]]

_good: dict[Path, _Look] = {}
"""How the files looked when they were last found good: a hub is opened many times a second."""


def keep_config(hub: Path) -> None:
    """Note a hub's configuration as the one to go back to."""
    shutil.copyfile(hub / "config", hub / _KEPT)


async def mend_config(hub: Path) -> bool:
    """Bring back what orch has set, and take out what nobody else may set; tell if it was needed.

    What agents may well want (their identity, filters, remotes of their own) stays. A hub that was
    made before its configuration was kept is left as it is.
    """
    path, kept = hub / "config", hub / _KEPT
    look = _look(path)
    if look is not None and _good.get(path) == look:
        return False
    if not kept.exists():
        return False
    mended = await _restore(path, kept)
    if (now := _look(path)) is not None:
        _good[path] = now
    return mended


async def _restore(path: Path, kept: Path) -> bool:
    wanted = await _read(kept)
    draft = path.with_name(f"config.{os.getpid()}.orch-new")
    try:
        found = await _read(path)
    except GitError:  # It is gone, or no configuration at all.
        shutil.copyfile(kept, draft)
    else:
        if not (wrong := _wrong(found, wanted)):
            return False
        shutil.copyfile(path, draft)
        for key in wrong:
            if key in found:
                await _edit(draft, "--unset-all", key)
            for value in wanted.get(key, ()):
                await _edit(draft, "--add", key, value)
    draft.replace(path)
    return True


def _wrong(found: _Values, wanted: _Values) -> list[str]:
    """List the keys that orch has set otherwise, or that are nobody else's to set."""
    known = wanted.keys() | _THEIRS
    strange = [key for key in found if key.startswith(_OURS) and key not in known]
    return strange + [key for key, values in wanted.items() if found.get(key) != values]


async def _read(path: Path) -> _Values:
    raw = await _git(path).raw("config", "--file", str(path), "--list", "-z")
    values: _Values = {}
    for entry in split_z(raw):
        key, _, value = entry.partition("\n")
        values.setdefault(key, []).append(value)
    return values


async def _edit(path: Path, *change: str) -> None:
    await _git(path)("config", "--file", str(path), *change)


def _git(path: Path) -> Git:
    """Run git outside of the hub: inside it would refuse to do anything."""
    return Git(path.parent.parent)


def _look(path: Path) -> _Look | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
