"""What in a commit's tree decides a receipt's key; read anew only where a commit changes it."""

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from orch.adapters.hub import Hub
from orch.core.named_files import named_files
from orch.system.git import split_z

LOCK_FILES: Final = frozenset(
    {
        *("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "conda-lock.yml"),
        *("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"),
        *("bun.lock", "bun.lockb", "deno.lock"),
        *("Cargo.lock", "go.sum", "Gemfile.lock", "composer.lock", "mix.lock", "pubspec.lock"),
        *("Package.resolved", "Podfile.lock", "packages.lock.json", "gradle.lockfile"),
        *("flake.lock", "MODULE.bazel.lock", "rust-toolchain.toml", ".tool-versions"),
    }
)
"""Files that fix what a set-up installs."""

_OID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REMEMBERED: Final = 4096
_NO_MODE: Final = "000000"
_SUBMODULE: Final = "160000"
_RAW: Final = ("-r", "-z", "--raw", "--no-renames", "--no-abbrev")

Entries = Mapping[str, str]
"""What each path holds: mode, kind and object id, as `ls-tree` writes them."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A tree, the files in it that the gate's commands name, and its lock files."""

    tree: str
    named: Entries
    locks: Entries


@dataclass(frozen=True, slots=True)
class _Change:
    """What a commit has changed of its only parent; a path that is gone holds ""."""

    tree: str
    parents: tuple[str, ...]
    paths: Entries


class Reader:
    """Reads contents; a child of a commit that was read costs no more than what it changes.

    A listing of a tree takes as long as the tree is large, and the lane asks for every candidate.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: OrderedDict[tuple[Path, tuple[str, ...], str], Contents] = OrderedDict()

    async def read(self, hub: Hub, commit: str, *, commands: tuple[str, ...]) -> Contents:
        """Read what decides the key of a commit. Raises `GitError`."""
        place = (hub.path, commands, commit)
        if (known := self._known.get(place)) is None:
            known = await self._find(hub, commit, commands=commands)
        if _OID.fullmatch(commit):  # A name may mean another commit tomorrow.
            self._known[place] = known
            self._known.move_to_end(place)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return known

    async def _find(self, hub: Hub, commit: str, *, commands: tuple[str, ...]) -> Contents:
        change = await _look(hub, commit)
        for parent in change.parents[:1]:
            before = self._known.get((hub.path, commands, parent))
            if before is not None:
                paths = change.paths
                if len(change.parents) > 1:
                    paths = await _compare(hub, before.tree, new=change.tree)
                return _apply(before, change.tree, paths=paths, commands=commands)
        listed = await hub.git.raw("ls-tree", "-r", "-z", "--full-tree", change.tree)
        return choose(change.tree, read_tree(listed), commands=commands)


def choose(tree: str, entries: Entries, *, commands: tuple[str, ...]) -> Contents:
    """Choose from all that a tree holds."""
    named = {path: entries[path] for path in named_files(commands, entries.keys())}
    return Contents(tree, named, {path: entries[path] for path in _locks(entries)})


def _apply(before: Contents, tree: str, *, paths: Entries, commands: tuple[str, ...]) -> Contents:
    named = _changed(before.named, {path: paths[path] for path in named_files(commands, paths)})
    return Contents(
        tree, named, _changed(before.locks, {path: paths[path] for path in _locks(paths)})
    )


def _changed(before: Entries, changes: Entries) -> Entries:
    return {path: about for path, about in {**before, **changes}.items() if about}


def _locks(paths: Collection[str]) -> list[str]:
    return [path for path in paths if is_lock_file(path)]


async def _look(hub: Hub, commit: str) -> _Change:
    """Ask for tree, parents and changes at once; a merge tells no changes."""
    raw = await hub.git.raw(
        "diff-tree", "--root", "--always", *_RAW, "--pretty=format:%T %P", commit
    )
    head, _, changes = raw.partition(b"\n")
    tree, *parents = head.rstrip(b"\0").decode("ascii").split()
    return _Change(tree, tuple(parents), read_changes(changes))


async def _compare(hub: Hub, old: str, *, new: str) -> Entries:
    return read_changes(await hub.git.raw("diff-tree", *_RAW, old, new))


def read_tree(raw: bytes) -> dict[str, str]:
    """Read `ls-tree -r -z`: what each path holds."""
    entries = (entry.partition("\t") for entry in split_z(raw))
    return {path: about for about, _, path in entries}


def read_changes(raw: bytes) -> dict[str, str]:
    """Read `diff-tree -r -z --raw`: what each changed path holds now, "" if it is gone."""
    fields = split_z(raw)
    return {path: _held(about) for about, path in zip(fields[::2], fields[1::2], strict=True)}


def _held(about: str) -> str:
    _, mode, _, oid, *_ = about.split(" ")
    kind = "commit" if mode == _SUBMODULE else "blob"
    return "" if mode == _NO_MODE else f"{mode} {kind} {oid}"


def is_lock_file(path: str) -> bool:
    """Tell whether a file fixes what is installed."""
    name = PurePosixPath(path).name
    return name in LOCK_FILES or (name.startswith("requirements") and name.endswith(".txt"))
