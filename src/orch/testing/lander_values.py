"""What the suites of the lander port share: the world they need, and items to land in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from orch.core.landing import Item, ItemState, Person
from orch.core.project import Project
from orch.ports.lander import Candidate, Lander, Pushed

Files = Mapping[str, str | None]
"""Paths and what is written to them; None deletes."""

FIRST: Mapping[str, str] = {"a.txt": "one\ntwo\nthree\n", "b.txt": "b\n"}
"""What the target holds at the beginning, at least."""


class LanderWorld(Protocol):
    """A target called `main` that holds `FIRST`, with a lander before it, and others beside it."""

    @property
    def lander(self) -> Lander:
        """The lander to be tested."""
        ...

    @property
    def project(self) -> Project:
        """The project whose target it is."""
        ...

    def change(self, files: Files, *, on: str = "") -> str:
        """Commit to a branch that begins at the tip (or at the commit `on`); return the commit."""
        ...

    def branch(self, name: str, files: Files) -> str:
        """Let the person commit to a branch of their own; return the commit."""
        ...

    def advance(self, files: Files) -> str:
        """Let somebody else commit to the target; return its new tip."""
        ...

    def rewind(self, to: str) -> None:
        """Let somebody else force the target to a commit."""
        ...

    def repeat(self, commit: str) -> str:
        """Let somebody else repeat a commit, message and all, on the tip; return the new tip."""
        ...

    def read(self, commit: str) -> Mapping[str, str]:
        """Return the files of a commit."""
        ...

    def message(self, commit: str) -> str:
        """Return the message of a commit."""
        ...

    def cut_off(self) -> None:
        """Make the target unreachable from now on."""
        ...


def an_item(head: str, **fields: object) -> Item:
    """Make an item of this head; `fields` replace the defaults."""
    item = Item(
        id="l1",
        project_id="p-test",
        target="main",
        source_ref="refs/heads/orch/t1-fix",
        source_head=head,
        title="Mend the thing",
        body="It was broken.",
        submitted_at=1_700_000_000.25,
        position=1,
        author=Person("Ada Lovelace", "ada@example.invalid"),
        task_id="t1",
        attempt=1,
    )
    return replace(item, **fields)  # type: ignore[arg-type]


class RefusingWorld(LanderWorld, Protocol):
    """A world whose target can say no."""

    def refuse(self, reason: str) -> None:
        """Let the target refuse every push from now on, with this reason."""
        ...


class CheckedOutWorld(LanderWorld, Protocol):
    """A world whose target is checked out by a person."""

    def dirty(self, path: str) -> None:
        """Let the person change a file of the checkout without committing."""
        ...

    def clean(self) -> None:
        """Let the person take their change back."""
        ...

    def seen(self) -> Mapping[str, str]:
        """Return the files of the checkout."""
        ...


async def build(world: LanderWorld, item: Item) -> Candidate:
    """Build on the tip what must be buildable."""
    made = await world.lander.build(world.project, item, onto=await tip(world))
    assert isinstance(made, Candidate), made
    return made


async def intend(world: LanderWorld, item: Item) -> Item:
    """Build, inspect, and write the intent into the row."""
    made = await build(world, item)
    assert list(await world.lander.inspect(world.project, item, candidate=made)) == []
    return replace(
        item,
        state=ItemState.PUSHING,
        expected_old=made.parent,
        candidate=made.commit,
        tree=made.tree,
    )


async def land(world: LanderWorld, item: Item) -> Item:
    """Land what must be landable, and return the row of a landed item."""
    item = await intend(world, item)
    pushed = await world.lander.push(world.project, item, follow=True)
    assert isinstance(pushed, Pushed), pushed
    return replace(item, state=ItemState.LANDED, old=pushed.old, new=pushed.new)


async def tip(world: LanderWorld) -> str:
    """Ask the lander for the tip."""
    return await world.lander.tip(world.project, "main")
