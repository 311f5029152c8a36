"""A person's checkout follows when it is clean, and is never written over when it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orch.adapters.landers.local import LocalLander
from orch.ports.lander import Pushed, PushOutcome, Settled, Waiting
from orch.testing.lander_values import FIRST, an_item, intend, land
from orch.testing.repositories import Repository, make_hook, make_submodule
from tests.adapters.landers.worlds import GitWorld

Deed = Callable[[Repository], object]
CHANGE = {"a.txt": "one\ntwo\nthree\nfour\n", "new/c.txt": "c\n", "b.txt": None}


def stage(person: Repository) -> None:
    """Stage a change and take it out of the file again."""
    person.write({"a.txt": "staged\n"})
    person.git("add", "a.txt")
    person.write({"a.txt": FIRST["a.txt"]})


def ignore(person: Repository) -> None:
    """Have an ignored file where a new one is to go."""
    (person.path / ".git" / "info").mkdir(exist_ok=True)
    (person.path / ".git" / "info" / "exclude").write_text("new/\n")
    person.write({"new/c.txt": "the person's own\n"})


def link(person: Repository) -> None:
    """Have a link where a new folder is to go."""
    (person.path / "new").symlink_to("/nowhere")


def hide(person: Repository) -> None:
    """Tell git not to look at an edited file."""
    person.git("update-index", "--assume-unchanged", "a.txt")
    person.write({"a.txt": "hidden edit\n"})


def skip_worktree(person: Repository) -> None:
    """Tell git that an edited file is not its business."""
    person.git("update-index", "--skip-worktree", "a.txt")
    person.write({"a.txt": "hidden edit\n"})


OBSTACLES: list[tuple[Deed, tuple[str, ...]]] = [
    (lambda p: p.write({"a.txt": "edited\n"}), ("a.txt",)),
    (lambda p: p.write({"src": "unrelated, untracked\n", "b.txt": "edited\n"}), ("b.txt",)),
    (lambda p: (p.path / "a.txt").unlink(), ("a.txt",)),
    (lambda p: (p.path / "a.txt").chmod(0o755), ("a.txt",)),
    (stage, ("a.txt",)),
    (lambda p: p.git("rm", "-q", "--cached", "b.txt"), ("b.txt",)),
    (lambda p: p.write({"new/c.txt": "untracked\n"}), ("new/c.txt",)),
    (lambda p: p.write({"new/c.txt/deep": "untracked\n"}), ("new/c.txt/deep",)),
    (lambda p: p.write({"new": "a file for the folder\n"}), ("new",)),
    (ignore, ("new/c.txt",)),
    (link, ("new",)),
    (hide, ("a.txt",)),
    (skip_worktree, ("a.txt",)),
]


async def push(world: GitWorld, lander: LocalLander | None = None) -> PushOutcome:
    """Try to land the change that all these tests land."""
    item = await intend(world, an_item(world.change(CHANGE)))
    return await (lander or world.lander).push(world.project, item, follow=True)


@pytest.mark.parametrize(("deed", "paths"), OBSTACLES)
async def test_nothing_of_a_persons_is_written_over(
    world: GitWorld, deed: Deed, paths: tuple[str, ...]
) -> None:
    """Whatever is in the way is named, and no byte of checkout, index and branch is touched."""
    item = await intend(world, an_item(world.change(CHANGE)))
    deed(world.person)
    before = world.person.snapshot()
    waiting = await world.lander.push(world.project, item, follow=True)
    assert isinstance(waiting, Waiting)
    assert waiting.paths == paths
    after = world.person.snapshot()
    assert {k: v for k, v in after.items() if not k.startswith(".git/objects/")} == {
        k: v for k, v in before.items() if not k.startswith(".git/objects/")
    }


async def test_exactly_what_is_promised_is_written(world: GitWorld) -> None:
    """Objects, the branch and its reflog, files and index; nothing else in the repository."""
    item = await intend(world, an_item(world.change(CHANGE)))
    before = world.person.snapshot()
    await world.lander.push(world.project, item, follow=True)
    after = world.person.snapshot()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name for name in changed if not name.startswith(".git/objects/")} == {
        *CHANGE, ".git/index", ".git/refs/heads/main", ".git/logs/refs/heads/main",
        ".git/logs/HEAD",
    }  # fmt: skip
    assert world.person.git("status", "--porcelain") == ""
    assert world.person.git("reflog", "-1", "--format=%gs|%gn", "main") == "orch: land l1|orch"
    world.person.git("fsck", "--strict", "--no-dangling")


async def test_untracked_files_elsewhere_stay(world: GitWorld) -> None:
    """What is not in the way does not matter, and stays."""
    item = await intend(world, an_item(world.change(CHANGE)))
    world.person.write({"notes.md": "mine\n", "new/mine.txt": "mine\n"})
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)
    assert world.seen()["notes.md"] == world.seen()["new/mine.txt"] == "mine\n"
    assert world.person.git("status", "--porcelain").splitlines() == [
        "?? new/mine.txt", "?? notes.md",
    ]  # fmt: skip


async def test_files_that_were_only_touched_are_clean(world: GitWorld) -> None:
    """A newer time stamp is no change."""
    item = await intend(world, an_item(world.change(CHANGE)))
    for name in FIRST:
        (world.person.path / name).touch()
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


UNDER_WAY: list[tuple[str, tuple[str, ...], str]] = [
    ("merge", ("merge", "--no-commit", "--no-ff", "side"), "merge"),
    ("cherry-pick", ("cherry-pick", "side~1"), "cherry-pick"),
    ("revert", ("revert", "--no-commit", "HEAD"), "revert"),
    ("rebase", ("rebase", "side"), "rebase"),
    ("am", ("am", "--no-3way"), "am"),
    ("bisect", ("bisect", "start", "HEAD", "HEAD~1"), "bisect"),
]


@pytest.mark.parametrize(("name", "command", "told"), UNDER_WAY, ids=[u[0] for u in UNDER_WAY])
async def test_what_is_under_way_is_not_disturbed(
    world: GitWorld, name: str, command: tuple[str, ...], told: str
) -> None:
    """A merge, rebase or bisect of the branch makes the landing wait, also on a detached HEAD."""
    person = world.person
    person.git("checkout", "-q", "-b", "side")
    person.commit({"a.txt": "side\n"})
    person.commit({"side.txt": "s\n"})
    patch = person.git("format-patch", "--stdout", "-1", "HEAD~1")
    person.git("checkout", "-q", "main")
    person.commit({"a.txt": "main\n"})
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    try:
        person.git(*command, stdin=patch if name == "am" else "")
    except AssertionError:
        assert name in {"merge", "cherry-pick", "rebase", "am"}
    waiting = await world.lander.push(world.project, item, follow=True)
    assert isinstance(waiting, Waiting)
    assert told in waiting.reason
    assert world.tip() == item.expected_old


async def test_a_detached_head_only_sees_the_branch_move(world: GitWorld) -> None:
    """Nobody has the branch: no file changes, whatever state they are in."""
    world.person.git("checkout", "-q", "--detach")
    world.dirty("a.txt")
    before = world.seen()
    assert isinstance(await push(world), Pushed)
    assert world.seen() == before
    assert world.person.git("status", "--porcelain") == " M a.txt"


async def test_a_linked_worktree_follows(world: GitWorld, tmp_path: Path) -> None:
    """The branch may be checked out somewhere else than in the main checkout."""
    world.person.git("checkout", "-q", "-b", "other")
    linked = Repository(tmp_path / "linked ü")
    world.person.git("worktree", "add", "-q", str(linked.path), "main")
    assert isinstance(await push(world), Pushed)
    assert (linked.path / "new" / "c.txt").read_text() == "c\n"
    assert linked.git("status", "--porcelain") == ""
    assert not (world.person.path / "new").exists()


async def test_of_two_checkouts_both_or_none_follow(world: GitWorld, tmp_path: Path) -> None:
    """One dirty checkout holds the other; both clean, both follow."""
    linked = Repository(tmp_path / "linked")
    world.person.git("worktree", "add", "-q", "--force", str(linked.path), "main")
    linked.write({"a.txt": "edited\n"})
    item = await intend(world, an_item(world.change(CHANGE)))
    waiting = await world.lander.push(world.project, item, follow=True)
    assert isinstance(waiting, Waiting)
    assert waiting.checkout == str(linked.path)
    assert world.person.git("status", "--porcelain") == ""
    linked.git("checkout", "-q", "a.txt")
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)
    for checkout in (world.person, linked):
        assert checkout.git("status", "--porcelain") == ""
        assert (checkout.path / "new" / "c.txt").exists()


async def test_a_worktree_whose_folder_is_gone_is_no_obstacle(
    world: GitWorld, tmp_path: Path
) -> None:
    """A deleted worktree does not count, a locked one (on another disk) is waited for."""
    linked = tmp_path / "linked"
    world.person.git("worktree", "add", "-q", "--force", str(linked), "main")
    world.person.git("worktree", "lock", str(linked))
    linked.rename(tmp_path / "gone")
    item = await intend(world, an_item(world.change(CHANGE)))
    assert isinstance(await world.lander.push(world.project, item, follow=True), Waiting)
    world.person.git("worktree", "unlock", str(linked))
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


async def test_a_held_index_makes_it_wait(world: GitWorld) -> None:
    """The lock of the person's own git is respected, whoever left it."""
    item = await intend(world, an_item(world.change(CHANGE)))
    lock = world.person.path / ".git" / "index.lock"
    lock.write_bytes(b"DIRC whatever git writes there")
    waiting = await world.lander.push(world.project, item, follow=True)
    assert isinstance(waiting, Waiting)
    assert "index.lock" in waiting.reason
    assert lock.exists()
    assert world.tip() == item.expected_old
    lock.unlink()
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


async def test_no_hook_of_the_persons_runs(world: GitWorld) -> None:
    """Neither when the branch moves nor when files change."""
    for name in ("post-checkout", "post-merge", "reference-transaction", "post-index-change"):
        make_hook(world.person, name, script=f"touch '{world.person.path}/{name}-ran'; exit 1")
    assert isinstance(await push(world), Pushed)
    assert not list(world.person.path.glob("*-ran"))


async def test_the_persons_line_ends_and_filters_count(
    world: GitWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are written as the person's configuration says, and are clean by it."""
    (world.person.path.parent / ".gitconfig").write_text("[core]\nautocrlf = true\n")
    monkeypatch.setenv("HOME", str(world.person.path.parent))
    assert isinstance(await push(world), Pushed)
    assert (world.person.path / "new" / "c.txt").read_bytes() == b"c\r\n"
    second = await intend(world, an_item(world.change({"d.txt": "d\n"}), id="l2"))
    assert isinstance(await world.lander.push(world.project, second, follow=True), Pushed)


async def test_a_submodule_left_behind_is_no_obstacle(world: GitWorld, tmp_path: Path) -> None:
    """Its commit is recorded, its folder is left alone; later landings don't wait for it."""
    make_submodule(world.person, tmp_path / "lib")
    inner = Repository(world.person.path / "lib")
    inner.commit({"lib.txt": "newer\n"})
    inner.write({"lib.txt": "dirty\n"})
    assert isinstance(await push(world), Pushed)
    assert (inner.path / "lib.txt").read_text() == "dirty\n"
    assert (world.person.path / "new" / "c.txt").exists()


async def test_a_bare_repository_with_a_worktree_follows(world: GitWorld, tmp_path: Path) -> None:
    """The layout of a bare repository and worktrees beside it is a checkout like any other."""
    bare = await GitWorld(tmp_path / "two", "bare").open()
    linked = Repository(tmp_path / "linked")
    bare.store.git("worktree", "add", "-q", str(linked.path), "main")
    await land(bare, an_item(bare.change(CHANGE)))
    assert (linked.path / "new" / "c.txt").exists()
    assert linked.git("status", "--porcelain") == ""
    assert world is not bare


@pytest.mark.parametrize("step", ["branch", "files"])
async def test_an_edit_in_the_last_moment_is_kept(world: GitWorld, step: str) -> None:
    """A file saved between the look and the move: the branch goes back, the edit stays."""

    def save(name: str) -> None:
        if name == step:
            world.dirty("a.txt")

    item = await intend(world, an_item(world.change(CHANGE)))
    lander = LocalLander(step=save)
    waiting = await lander.push(world.project, item, follow=True)
    assert isinstance(waiting, Waiting)
    assert waiting.paths == ("a.txt",)
    assert world.tip() == item.expected_old
    assert world.seen()["a.txt"] == "edited by the person\n"
    assert world.person.git("status", "--porcelain") == " M a.txt"
    world.clean()
    assert isinstance(await world.lander.push(world.project, item, follow=True), Pushed)


async def test_a_commit_in_the_last_moment_wins(world: GitWorld) -> None:
    """The person commits between the look and the move: their commit stays."""

    def commit(name: str) -> None:
        if name == "objects":
            world.advance({"d.txt": "d\n"})

    item = await intend(world, an_item(world.change(CHANGE)))
    await LocalLander(step=commit).push(world.project, item, follow=True)
    assert world.person.git("log", "-1", "--format=%s", "main") == "Change"
    assert world.person.git("status", "--porcelain") == ""
    assert await world.lander.settle(world.project, item, follow=True) is Settled.MOVED
