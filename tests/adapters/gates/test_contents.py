"""Prove that what decides a key is read from changes as it would be from the whole tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from orch.adapters.gates.contents import Contents, Reader, is_lock_file, read_changes, read_tree
from orch.adapters.hub import Hub
from orch.system.git import Git, GitError, GitOutput
from tests.adapters.gates.worlds import RealGateWorld

COMMANDS = ("sh check.sh", "make -C lib test")


@dataclass(frozen=True)
class CountedGit(Git):
    """Git that remembers what was asked of it."""

    asked: list[str] = field(default_factory=list)

    async def run(self, *args: str, **more: object) -> GitOutput:
        """Run git and note the command."""
        self.asked.append(args[0])
        return await super().run(*args, **more)  # type: ignore[arg-type]


@dataclass
class Desk:
    """A hub whose git is counted, and one reader that learns."""

    world: RealGateWorld
    hub: Hub
    reader: Reader = field(default_factory=Reader)

    @property
    def git(self) -> CountedGit:
        """The hub's git."""
        assert isinstance(self.hub.git, CountedGit)
        return self.hub.git

    def grow(self, files: Mapping[str, str | None]) -> str:
        """Commit on top of what is there; None removes a file."""
        person = self.world.person
        for name in [name for name, text in files.items() if text is None]:
            person.git("rm", "-q", name)
        kept = {name: text for name, text in files.items() if text is not None}
        return self.world.publish(person.commit(kept))

    async def read(self, commit: str) -> tuple[Contents, Sequence[str]]:
        """Read by what is known already; also say what git was asked."""
        self.git.asked.clear()
        return await self.reader.read(self.hub, commit, commands=COMMANDS), list(self.git.asked)

    async def read_anew(self, commit: str) -> Contents:
        """Read as if nothing were known."""
        return await Reader().read(self.hub, commit, commands=COMMANDS)


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    """Give a project's hub, counted."""
    world = await RealGateWorld(tmp_path).open()
    path = Path(world.project.hub)
    return Desk(world, Hub(world.project, CountedGit(path, git_dir=path)))


async def test_a_chain_of_candidates_is_listed_once(desk: Desk) -> None:
    """The first is listed; each that follows costs one look at its changes, asked again none."""
    commits = [desk.grow({f"{n}.txt": f"{n}\n"}) for n in range(4)]
    _, asked = await desk.read(commits[0])
    assert asked == ["diff-tree", "ls-tree"]
    for commit in commits[1:]:
        assert (await desk.read(commit))[1] == ["diff-tree"]
    for commit in commits:
        assert (await desk.read(commit))[1] == []
        assert (await desk.read(commit))[0] == await desk.read_anew(commit)


CHANGES: list[dict[str, str | None]] = [
    {"check.sh": "true\n", "other.txt": "x\n"},
    {"check.sh": "false\n"},
    {"lib/Makefile": "test:\n", "deep/uv.lock": "1\n"},
    {"deep/uv.lock": "2\n", "ä\tö/Cargo.lock": "3\n"},
    {"check.sh": None, "ä\tö/Cargo.lock": None},
    {"lib/Makefile": None, "lib/makefile": "test:\n"},
]


async def test_changes_say_what_the_whole_tree_says(desk: Desk) -> None:
    """Named files and lock files that come, change and go, also with odd names."""
    await desk.read(desk.world.person.head)
    seen = []
    for change in CHANGES:
        commit = desk.grow(change)
        found, asked = await desk.read(commit)
        assert asked == ["diff-tree"]
        assert found == await desk.read_anew(commit)
        seen.append((sorted(found.named), sorted(found.locks)))
    assert seen[3] == (["check.sh", "lib/Makefile"], ["deep/uv.lock", "ä\tö/Cargo.lock"])
    assert seen[5] == (["lib/makefile"], ["deep/uv.lock"])


async def test_a_merge_is_compared_with_its_first_parent(desk: Desk) -> None:
    """Git tells no changes of a merge by itself; what came in with it counts all the same."""
    person = desk.world.person
    base = desk.grow({"check.sh": "true\n"})
    person.git("checkout", "-q", "-b", "side")
    desk.grow({"go.sum": "1\n"})
    person.git("checkout", "-q", "--detach", base)
    person.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    merge = desk.world.publish(person.head)
    await desk.read(base)
    found, asked = await desk.read(merge)
    assert asked == ["diff-tree", "diff-tree"]
    assert found == await desk.read_anew(merge)
    assert list(found.locks) == ["go.sum"]


async def test_an_empty_commit_is_no_riddle(desk: Desk) -> None:
    """It has its parent's tree."""
    person = desk.world.person
    known, _ = await desk.read(person.head)
    person.git("commit", "-q", "--allow-empty", "-m", "Empty")
    assert (await desk.read(desk.world.publish(person.head)))[0] == known


async def test_what_is_gone_is_told(desk: Desk) -> None:
    """A commit that is not there is an error of git's, and is not remembered."""
    for _ in range(2):
        with pytest.raises(GitError):
            await desk.read("ab" * 20)


async def test_other_commands_look_at_other_files(desk: Desk) -> None:
    """What one gate names says nothing of another's."""
    commit = desk.grow({"check.sh": "true\n", "README.md": "x\n"})
    await desk.read(commit)
    other = await desk.reader.read(desk.hub, commit, commands=("cat README.md",))
    assert list(other.named) == ["README.md"]
    assert replace(other, named={}) == replace((await desk.read(commit))[0], named={})


def test_changes_are_read_with_odd_names() -> None:
    """Deleted files, submodules, and bytes that are no text."""
    gone = b":100644 000000 aa 00 D\0a\tb\n\0"
    module = b":000000 160000 00 cc A\0m\xe9\0"
    assert read_changes(gone + module) == {"a\tb\n": "", "m\udce9": "160000 commit cc"}


def test_trees_are_read_with_odd_names() -> None:
    """Tabs, line ends and bytes that are no text are part of a name."""
    raw = b"100644 blob aa\ta\tb\nc\0" + b"120000 blob bb\tcaf\xe9\0"
    assert read_tree(raw) == {"a\tb\nc": "100644 blob aa", "caf\udce9": "120000 blob bb"}


def test_lock_files_are_known_by_name() -> None:
    """In any folder; a file that only sounds like one is none."""
    assert is_lock_file("a/b/go.sum")
    assert is_lock_file("requirements.txt")
    assert not is_lock_file("my-uv.lock.md")
    assert not is_lock_file("requirements/readme.md")
