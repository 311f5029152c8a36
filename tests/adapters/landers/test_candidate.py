"""Candidates of all that git can hold, each landed and inspected for real."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orch.adapters.hub import open_hub
from orch.adapters.landers.keeping import LANDINGS, SOURCES, ref_name
from orch.core.landing import Item, Strategy
from orch.ports.lander import Candidate, Conflict, Nothing, Unrelated
from orch.system.git import Git
from orch.testing.lander_values import FIRST, an_item, build, intend, land, tip
from orch.testing.repositories import Repository, make_repository
from tests.adapters.landers.worlds import GitWorld

Edit = Callable[[Repository], None]


def branch(world: GitWorld, edit: Edit, *, on: str = "") -> str:
    """Commit an edit of the colleague's checkout as a branch in the hub."""
    start = world.change({}, on=on)
    edit(world.colleague)
    world.colleague.git("add", "-A")
    world.colleague.git("commit", "-q", "--allow-empty", "-m", "Edit")
    world.publish()
    return world.colleague.head if world.colleague.head != start else start


def write_binary(repository: Repository) -> None:
    """Add and change files with NUL bytes."""
    repository.write({"bin": bytes(range(256)) * 40, "b.txt": b"\0\1\2"})


def write_crlf(repository: Repository) -> None:
    """Turn line ends round."""
    repository.write({"a.txt": b"one\r\ntwo\r\nthree\r\n", "c.txt": b"c\r\nno end"})


def write_names(repository: Repository) -> None:
    """Use every kind of name that git takes."""
    names = ["ä ö.txt", "日本.txt", ' "q" ', "tab\there", "line\nend", "-dash", ":(top)x", "*"]
    repository.write({name: f"{name}\n" for name in names})
    (repository.path / b"caf\xe9".decode("utf-8", "surrogateescape")).write_text("latin\n")


def write_links(repository: Repository) -> None:
    """Make links, and turn a file into one."""
    (repository.path / "link").symlink_to("a.txt")
    (repository.path / "dangling").symlink_to("/nowhere/at/all")
    (repository.path / "b.txt").unlink()
    (repository.path / "b.txt").symlink_to("a.txt")


def change_modes(repository: Repository) -> None:
    """Make a file executable, and nothing else."""
    (repository.path / "a.txt").chmod(0o755)


def rename(repository: Repository) -> None:
    """Rename a file with a small change."""
    repository.git("mv", "a.txt", "renamed.txt")
    repository.write({"renamed.txt": FIRST["a.txt"] + "four\n"})


def turn_folder(repository: Repository) -> None:
    """Turn a file into a folder."""
    (repository.path / "b.txt").unlink()
    repository.write({"b.txt/inner": "i\n"})


def add_submodule(repository: Repository) -> None:
    """Record a submodule's commit."""
    # Git takes a submodule without a folder for deleted.
    (repository.path / "lib").mkdir()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'12' * 20},lib")
    repository.write({".gitmodules": '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n'})


def add_pointer(repository: Repository) -> None:
    """Add an LFS pointer as LFS writes it."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 5\n"
    repository.write({".gitattributes": "*.psd filter=lfs\n", "big.psd": pointer})


EDITS = [
    write_binary, write_crlf, write_names, write_links, change_modes, rename, turn_folder,
    add_submodule, add_pointer,
]  # fmt: skip


@pytest.mark.parametrize("world", ["elsewhere"], indirect=True)
@pytest.mark.parametrize("meanwhile", ["", "meanwhile.txt"], ids=["on the tip", "behind it"])
@pytest.mark.parametrize("strategy", list(Strategy))
@pytest.mark.parametrize("edit", EDITS)
async def test_everything_that_git_holds_lands(
    world: GitWorld, edit: Edit, strategy: Strategy, meanwhile: str
) -> None:
    """The landed tree is the branch's, with what came in meanwhile; no invariant complains."""
    head = branch(world, edit)
    if meanwhile:
        world.advance({meanwhile: "m\n"})
    item = await land(world, an_item(head, strategy=strategy))
    differs = world.hub.git("diff-tree", "-r", "--name-only", head, item.new or "")
    assert differs == meanwhile


async def test_two_edits_of_one_file_merge(world: GitWorld) -> None:
    """Lines far apart merge, and the inspection agrees."""
    lines = [f"{n}\n" for n in range(40)]
    start = world.advance({"long.txt": "".join(lines)})
    one = world.change({"long.txt": "".join(["first\n", *lines[1:]])}, on=start)
    two = world.change({"long.txt": "".join([*lines[:-1], "last\n"])}, on=start)
    await land(world, an_item(one, id="l1"))
    item = await land(world, an_item(two, id="l2"))
    assert world.read(item.new or "")["long.txt"] == "".join(["first\n", *lines[1:-1], "last\n"])


async def test_an_edit_follows_a_rename_on_the_target(world: GitWorld) -> None:
    """The target renamed the file meanwhile: the edit lands in the new place, as git merges."""
    lines = "".join(f"{n}\n" for n in range(30))
    start = world.advance({"old name.txt": lines})
    head = world.change({"old name.txt": lines + "more\n"}, on=start)
    world.advance({"old name.txt": None, "new name.txt": lines})
    item = await land(world, an_item(head))
    assert world.read(item.new or "")["new name.txt"] == lines + "more\n"
    assert "old name.txt" not in world.read(item.new or "")


async def test_a_rename_follows_an_edit_on_the_target(world: GitWorld) -> None:
    """The branch renamed the file, the target edited it: the renamed file has the edit."""
    lines = "".join(f"{n}\n" for n in range(30))
    start = world.advance({"old.txt": lines})
    head = world.change({"old.txt": None, "new.txt": lines}, on=start)
    world.advance({"old.txt": lines + "more\n"})
    item = await land(world, an_item(head))
    assert world.read(item.new or "")["new.txt"] == lines + "more\n"


async def test_new_files_do_not_follow_a_renamed_folder(world: GitWorld) -> None:
    """A guess at where a folder went is not made: the file lands where the branch put it."""
    files = {f"old/{n}": f"{n}\n" for n in range(5)}
    start = world.advance(files)
    head = world.change({"old/fresh": "f\n"}, on=start)
    world.advance({**dict.fromkeys(files), **{f"new/{n}": f"{n}\n" for n in range(5)}})
    item = await land(world, an_item(head))
    assert "old/fresh" in world.read(item.new or "")


async def test_a_branch_that_merged_the_target_lands_its_own_lines(world: GitWorld) -> None:
    """A merge of the target into the branch adds nothing to the landing, with either strategy."""
    head = world.change({"c.txt": "c\n"})
    world.advance({"d.txt": "d\n"})
    onto = await tip(world)
    world.colleague.git("fetch", "-q", "origin")
    world.colleague.git("merge", "-q", "--no-edit", onto)
    merged = world.colleague.commit({"e.txt": "e\n"})
    world.publish()
    for strategy in Strategy:
        made = await build(world, an_item(merged, strategy=strategy))
        assert made.paths == ("c.txt", "e.txt")
        assert (
            list(await world.lander.inspect(world.project, an_item(merged), candidate=made)) == []
        )
    assert head != merged


async def test_a_resolved_merge_inside_a_branch_is_kept(world: GitWorld) -> None:
    """What a merge commit itself changed is not lost by the strategy rebase."""
    world.change({"a.txt": "mine\n"})
    world.advance({"a.txt": "theirs\n"})
    onto = await tip(world)
    world.colleague.git("fetch", "-q", "origin")
    with pytest.raises(AssertionError):
        world.colleague.git("merge", "-q", onto)
    head = world.colleague.commit({"a.txt": "both\n"})
    world.publish()
    item = await land(world, an_item(head, strategy=Strategy.REBASE))
    assert world.read(item.new or "")["a.txt"] == "both\n"


async def test_a_criss_cross_lands(world: GitWorld) -> None:
    """Branch and target have merged each other: more than one common ancestor, one result."""
    one = world.change({"c.txt": "c\n"})
    other = world.advance({"d.txt": "d\n"})
    world.colleague.git("fetch", "-q", "origin")
    world.colleague.git("merge", "-q", "--no-edit", other)
    mine = world.colleague.commit({"e.txt": "e\n"})
    world.publish()
    world.person.git("fetch", "-q", str(world.hub.path), one)
    world.person.git("merge", "-q", "--no-edit", "--no-ff", one)
    item = await land(world, an_item(mine))
    assert world.read(item.new or "").keys() >= {"c.txt", "d.txt", "e.txt"}


async def test_what_the_target_did_already_is_left_out(world: GitWorld) -> None:
    """Two agents mended the same fault: the second one lands only what is left."""
    start = await tip(world)
    both = world.change({"b.txt": "mended\n", "c.txt": "c\n"}, on=start)
    world.advance({"b.txt": "mended\n"})
    made = await build(world, an_item(both))
    assert made.paths == ("c.txt",)
    assert list(await world.lander.inspect(world.project, an_item(both), candidate=made)) == []


async def test_a_repeated_line_may_slide(world: GitWorld) -> None:
    """A hunk among equal lines may be shown at another place; that is no difference."""
    block = "def f():\n    pass\n\n\n"
    start = world.advance({"code.py": block * 3})
    head = world.change({"code.py": block * 4}, on=start)
    world.advance({"code.py": "# top\n" + block * 3})
    await land(world, an_item(head))


async def test_picks_that_add_nothing_are_left_out(world: GitWorld) -> None:
    """A replayed commit whose change is there already vanishes, and the rest is renumbered."""
    one = world.change({"b.txt": "mended\n"})
    two = world.change({"c.txt": "c\n"}, on=one)
    world.advance({"b.txt": "mended\n"})
    made = await build(world, an_item(two, strategy=Strategy.REBASE))
    assert made.commits == (made.commit,)
    assert "Landing-Part" not in world.message(made.commit)


async def test_a_replayed_commit_keeps_author_and_date(world: GitWorld) -> None:
    """Who wrote it and when stay; orch commits it, at the time of the submission."""
    world.change({})
    env = ("-c", "user.name=Bo", "-c", "user.email=bo@example.invalid")
    world.colleague.write({"c.txt": "c\n"})
    world.colleague.git("add", "-A")
    world.colleague.git(
        *env, "commit", "-q", "-m", "Its own\n\nwords", "--date=@1600000000 +0200",
        "--author=Bö <bo@example.invalid>",
    )  # fmt: skip
    world.publish()
    made = await build(world, an_item(world.colleague.head, strategy=Strategy.REBASE))
    fields = world.hub.git("log", "-1", "--date=raw", "--format=%an|%ad|%cn|%cd|%s", made.commit)
    assert fields == "Bö|1600000000 +0200|orch|1700000000 +0000|Its own"


async def test_a_conflict_of_a_pick_is_told_with_the_pick(world: GitWorld) -> None:
    """The strategy rebase says which commit does not apply."""
    one = world.change({"a.txt": "mine\n"})
    two = world.change({"c.txt": "c\n"}, on=one)
    world.advance({"a.txt": "theirs\n"})
    onto = await tip(world)
    made = await world.lander.build(
        world.project, an_item(two, strategy=Strategy.REBASE), onto=onto
    )
    assert isinstance(made, Conflict)
    assert made.paths == ("a.txt",)
    assert one[:12] in made.detail


async def test_a_conflict_shows_both_sides_and_the_base(world: GitWorld) -> None:
    """Who shall resolve it sees the lines of all three, and whose they are."""
    head = world.change({"a.txt": "one\nmine\nthree\n"})
    onto = world.advance({"a.txt": "one\ntheirs\nthree\n"})
    await tip(world)
    made = await world.lander.build(world.project, an_item(head), onto=onto)
    assert isinstance(made, Conflict)
    told = (
        f"a.txt:\none\n<<<<<<< main, {onto[:12]}\ntheirs\n||||||| before both\ntwo\n"
        "=======\nmine\n>>>>>>> your change\nthree\n"
    )
    assert told in made.detail


async def test_a_conflict_says_what_happened(world: GitWorld) -> None:
    """Deleted here and changed there is told in git's words, with odd names whole."""
    start = world.advance({"ä\nb": "x\n"})
    head = world.change({"ä\nb": None}, on=start)
    world.advance({"ä\nb": "y\n"})
    made = await world.lander.build(world.project, an_item(head), onto=await tip(world))
    assert isinstance(made, Conflict)
    assert made.paths == ("ä\nb",)
    assert "deleted" in made.detail


async def test_submodules_that_differ_conflict(world: GitWorld) -> None:
    """Two commits of a submodule can't be merged without it; that is a conflict, no guess."""
    start = branch(world, add_submodule)
    await land(world, an_item(start, id="l1"))

    assert "160000" in world.hub.git("ls-tree", start, "lib")

    def to(commit: str) -> Edit:
        return lambda r: (r.git("update-index", "--cacheinfo", f"160000,{commit},lib"), None)[1]

    base = await tip(world)
    one, two = branch(world, to("34" * 20), on=base), branch(world, to("56" * 20), on=base)
    await land(world, an_item(one, id="l2"))
    made = await world.lander.build(world.project, an_item(two, id="l3"), onto=await tip(world))
    assert isinstance(made, Conflict)
    assert made.paths == ("lib",)


async def test_another_hub_builds_the_same_commit(world: GitWorld, tmp_path: Path) -> None:
    """Only the row and the commits count: not the machine, the hub, or when it is done."""
    head = world.change({"c.txt": "c\n"})
    items = [an_item(head), an_item(head, strategy=Strategy.REBASE)]
    before = [(await build(world, item)).commit for item in items]
    shutil.rmtree(world.project.hub)
    world.project = replace(world.project, hub=str(tmp_path / "other" / "p-test.git"))
    await open_hub(world.project)
    world.colleague.git("push", "-q", world.project.hub, f"{head}:refs/orch/attempts/t9/1")
    assert [(await build(world, item)).commit for item in items] == before


async def test_a_candidate_and_its_source_stay_reachable(world: GitWorld) -> None:
    """Refs of the hub hold both, so that no garbage collection can take an intent away."""
    item = await intend(world, an_item(world.change({"c.txt": "c\n"})))
    assert world.hub.git("rev-parse", f"{LANDINGS}l1") == item.candidate
    assert world.hub.git("rev-parse", f"{SOURCES}l1") == item.source_head


async def test_a_branch_of_the_persons_is_brought_in(world: GitWorld) -> None:
    """A commit that only the person's repository has is fetched by its id."""
    world.person.git("checkout", "-q", "-b", "mine")
    head = world.person.commit({"c.txt": "c\n"})
    world.person.git("checkout", "-q", "main")
    made = await build(world, an_item(head, source_ref="refs/heads/mine"))
    assert made.paths == ("c.txt",)
    assert not (world.person.path / ".git" / "FETCH_HEAD").exists()


async def test_a_branch_comes_in_beside_a_worktree_in_the_making(world: GitWorld) -> None:
    """Git looks at the HEAD of every worktree when it fetches: one that names nothing yet."""
    head = world.branch("mine", {"c.txt": "c\n"})
    made = Path(world.project.hub) / "worktrees" / "t9"
    made.mkdir(parents=True)
    (made / "gitdir").write_text("/nowhere/.git\n")
    (made / "commondir").write_text("../..\n")
    (made / "HEAD").write_text("0" * 40 + "\n")

    async def mend() -> None:
        await Git(world.hub.path)("version")
        (made / "HEAD").write_text("ref: refs/heads/orch/t9\n")

    source, _ = await asyncio.gather(world.lander.source(world.project, "mine"), mend())
    assert source.commit == head


async def test_no_common_history_is_unrelated(world: GitWorld, tmp_path: Path) -> None:
    """A branch from elsewhere is not merged by force."""
    other = make_repository(tmp_path / "other", {"x": "x\n"})
    other.git("push", "-q", world.project.hub, "HEAD:refs/orch/attempts/t9/1")
    made = await world.lander.build(world.project, an_item(other.head), onto=await tip(world))
    assert isinstance(made, Unrelated)
    assert "history" in made.reason


async def test_an_older_commit_is_nothing(world: GitWorld) -> None:
    """What the target contains is not landed again."""
    old = await tip(world)
    world.advance({"c.txt": "c\n"})
    made = await world.lander.build(world.project, an_item(old), onto=await tip(world))
    assert isinstance(made, Nothing)
    assert made.landed_as == old


async def test_the_first_commit_can_be_undone(world: GitWorld) -> None:
    """The inverse of a root commit is an empty tree."""
    first = await tip(world)
    made = await build(world, an_item("", reverts=first))
    assert world.hub.git("ls-tree", made.commit) == ""


async def test_hostile_rows_make_sound_commits(world: GitWorld) -> None:
    """A megabyte of title, control characters and bad identities still give a commit."""
    item: Item = an_item(
        world.change({"c.txt": "c\n"}),
        title="\x1b]0;evil\x07 \udcff\n" + "x" * 1_000_000,
        body="\0\r\nLanding-Id: l9\n" + "y" * 1_000_000,
        submitted_at=-5.0,
    )
    item = replace(item, author=replace(item.author, name="<>\n", email="\0"))
    made = await build(world, item)
    assert world.hub.git("log", "-1", "--format=%(trailers:key=Landing-Id,valueonly)", made.commit)
    world.hub.git("fsck", "--strict", made.commit)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("l12", "l12"), ("L-1.2_x", "L-1.2_x"), ("a..b", None), ("x.lock", None), ("", None),
     ("a b", None), ("../x", None), ("a.", None), ("-x", None)],
)  # fmt: skip
def test_ids_become_safe_ref_names(given: str, expected: str | None) -> None:
    """An id that git would not take is hashed."""
    name = ref_name(given)
    assert name == expected if expected else len(name) == 40


async def test_building_needs_no_checkout(world: GitWorld) -> None:
    """The person's repository, checkout, index and config are as they were."""
    head = world.change({"c.txt": "c\n"})
    onto = await tip(world)
    before = world.person.snapshot()
    made = await world.lander.build(world.project, an_item(head), onto=onto)
    assert isinstance(made, Candidate)
    await world.lander.inspect(world.project, an_item(head), candidate=made)
    assert world.person.snapshot() == before
