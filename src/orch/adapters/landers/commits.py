"""Writes commits whose every field comes from an item's row, so that writing twice is once."""

from dataclasses import dataclass

from orch.adapters.landers.message import ORCH, clean_person
from orch.core.landing import Item, Person
from orch.system.git import Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A commit to be: `written` is git's raw date ("seconds zone"); committed when submitted."""

    tree: str
    parent: str
    message: str
    author: Person
    written: str
    submitted: str


def raw_date(item: Item) -> str:
    """Return the moment of submission as git writes dates, in UTC."""
    return f"{max(0, int(item.submitted_at))} +0000"


async def commit(git: Git, draft: Draft) -> str:
    """Write the commit and return its id; the same draft gives the same id, anywhere."""
    author = clean_person(draft.author)
    env = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": f"@{draft.written}",
        "GIT_COMMITTER_NAME": ORCH.name,
        "GIT_COMMITTER_EMAIL": ORCH.email,
        "GIT_COMMITTER_DATE": f"@{draft.submitted}",
    }
    args = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", draft.tree, "-p", draft.parent)
    return await git(*args, stdin=draft.message, env=env)


async def synthetic(git: Git, *, tree: str, parent: str) -> str:
    """Write a commit that only serves as one side of a merge, and is never landed."""
    draft = Draft(
        tree=tree, parent=parent, message="side of a merge\n", author=ORCH,
        written="0 +0000", submitted="0 +0000",
    )  # fmt: skip
    return await commit(git, draft)
