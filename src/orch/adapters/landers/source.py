"""Finds what an item wants to land: a branch's commits, or the inverse of a landed change."""

from dataclasses import dataclass
from pathlib import Path

from orch.adapters.hub import Hub, patiently
from orch.adapters.landers.branches import SOURCES
from orch.adapters.landers.commits import synthetic
from orch.adapters.landers.message import LANDING_ID, LANDING_PART, SOURCE_HEAD
from orch.adapters.landers.plumbing import is_ancestor, merge_bases
from orch.core.landing import Item
from orch.ports.lander import Nothing, Unrelated
from orch.system.git import Git, GitError


@dataclass(frozen=True, slots=True)
class Source:
    """A commit to be merged, and where it left the target (more than once after criss-crosses)."""

    head: str
    bases: tuple[str, ...]

    @property
    def base(self) -> str:
        """The common ancestor that differences are taken from."""
        return self.bases[0]


async def resolve(hub: Hub, item: Item, *, onto: str) -> Source | Nothing | Unrelated:
    """Find the item's source and its relation to the tip."""
    if item.reverts:
        return await _inverse(hub.git, item.reverts, onto=onto)
    bases = await merge_bases(hub.git, onto, other=item.source_head)
    if bases is None and await _bring(hub, item.source_head):
        bases = await merge_bases(hub.git, onto, other=item.source_head)
    if bases is None:
        return Unrelated(
            reason=f"the commit {item.source_head[:12]} of {item.source_ref} is not there any more"
        )
    if not bases:
        branch = item.source_ref.removeprefix(SOURCES)
        return Unrelated(
            reason=f"{branch} has no history in common with {item.target}: "
            "it can't be merged; make the change on a branch of the target"
        )
    if item.source_head in bases:
        return Nothing(reason=f"{item.target} has it already", landed_as=item.source_head)
    return Source(item.source_head, bases)


async def find_landed(git: Git, item: Item, *, source: Source, onto: str) -> str | None:
    """Find the commit by which this very source came to the target before, if one did."""
    wanted = f"^{SOURCE_HEAD}: {item.source_head}$"
    found = await git("log", "-1", "--format=%H", f"--grep={wanted}", f"{source.base}..{onto}")
    return found or None


async def _bring(hub: Hub, commit: str) -> bool:
    """Fetch a commit that only the person's repository has (a branch of their own)."""
    options = ("--no-write-fetch-head", "--no-tags", "--no-recurse-submodules", "--quiet")
    git = hub.git.person().with_config(("protocol.version", "2"), ("protocol.file.allow", "always"))
    path = Path(hub.project.path)
    try:
        await patiently(lambda: git("fetch", *options, "--", str(path), commit))
    except GitError:
        return False
    return True


async def _inverse(git: Git, landed: str, *, onto: str) -> Source | Nothing | Unrelated:
    """Make a commit on the landed one that undoes it, with all parts of its landing."""
    if not await is_ancestor(git, landed, of=onto):
        return Unrelated(reason=f"{landed[:12]} is not on the target, so there is nothing to undo")
    first = await _first_part(git, landed)
    before = await git.run("rev-parse", "--verify", "--quiet", f"{first}^1^{{tree}}")
    # The inverse of a first commit is an empty tree.
    tree = before.text if before.exit_code == 0 else await git("mktree")
    return Source(await synthetic(git, tree=tree, parent=landed), (landed,))


async def _first_part(git: Git, landed: str) -> str:
    """Return the first commit of the landing that `landed` ends (itself unless rebased)."""
    fields = ",".join(("%H", _trailer(LANDING_ID), _trailer(LANDING_PART)))
    out = await git("log", "-1", f"--format={fields}", landed)
    _, landing, part = out.split(",")
    number, _, _total = part.partition("/")
    if not (landing and number.isdigit() and int(number) > 1):
        return landed
    count = int(number)
    lines = await git("log", f"-{count}", "--first-parent", f"--format={fields}", landed)
    mine = [line.split(",") for line in lines.splitlines()]
    same = [commit for commit, its, _ in mine if its == landing]
    return same[-1] if len(same) == count else landed


def _trailer(name: str) -> str:
    return f"%(trailers:key={name},valueonly,separator=%x20)"
