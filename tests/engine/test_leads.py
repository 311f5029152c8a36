"""Leads are told: in order, once over restarts, and nobody is held up by another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from orch.core.address import ToCommand, ToPane
from orch.core.events import TaskBlocked, TaskCancelled, TaskClosed, TaskSubmitted
from orch.core.task import BlockedOn, Task
from orch.engine.kill_points import no_step
from orch.engine.leads import Leads
from orch.engine.writer import Writer
from orch.ports.errors import Permanent
from orch.ports.herald import Telling
from orch.ports.store import EventQuery, TaskQuery
from orch.testing.simulate import PROJECT, World


@dataclass
class Notes:
    """A herald that notes what it carries; the pane "deaf" is not there, `held` hangs."""

    carried: list[tuple[str, str]] = field(default_factory=list)
    held: str = ""

    async def tell(self, where: ToPane | ToCommand, telling: Telling) -> str:
        """Note it."""
        name = where.pane if isinstance(where, ToPane) else where.argv[0]
        if name == self.held:
            await asyncio.Event().wait()
        self.carried.append((name, telling.text.split(" (")[0]))
        if name == "deaf":
            raise Permanent("nobody is there")
        return "noted"


@asynccontextmanager
async def life(world: World, notes: Notes) -> AsyncIterator[Writer]:
    """Tell leads for as long as the test needs it: one life of the daemon."""
    parts = replace(world.parts(no_step), herald=notes)
    loops = [asyncio.create_task(parts.writer.run())]
    loops.append(asyncio.create_task(Leads(parts).run()))
    try:
        yield parts.writer
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)


async def add(writer: Writer, lead: str | None, parent: str | None = None) -> Task:
    """Add a task with this lead."""
    event = TaskSubmitted(
        at=1.0, task_id="", project_id=PROJECT, title="Work", lead=lead, parent=parent
    )
    return await writer.create(event)


async def told(world: World, writer: Writer, *, of: int) -> list[tuple[str | None, str]]:
    """Wait until so many events were told, and list of which task, and how."""
    seen = -1
    while True:
        found = world.store.events(EventQuery(kinds=("LeadTold",)))
        if len(found) >= of:
            return [(event.task_id, str(event.data["how"])) for event in found]
        seen = await writer.changed(seen)


async def test_commands_and_panes_are_told_in_order() -> None:
    """Of what matters, in words; nobody else's silence delays them."""
    world, notes = World(), Notes(held="%1")
    async with life(world, notes) as writer:
        hung, task = await add(writer, "pane:%1"), await add(writer, "command:tell --text")
        inbox = await add(writer, None)
        for one in (hung, task, inbox):
            event = TaskBlocked(at=2.0, on=BlockedOn.AGENT, reason="no such agent")
            await writer.submit(one.id, event)
            await writer.submit(one.id, TaskClosed(at=3.0))
        assert await told(world, writer, of=2) == [(task.id, "noted")] * 2
    assert notes.carried == [("tell", f"BLOCKED: {task.id}"), ("tell", f"DONE: {task.id}")]


async def test_a_new_life_tells_what_the_last_one_did_not() -> None:
    """What hung is told, and what was told is not told again."""
    world, notes = World(), Notes(held="%1")
    async with life(world, notes) as writer:
        hung, task = await add(writer, "pane:%1"), await add(writer, "command:tell")
        for one in (hung, task):
            await writer.submit(one.id, TaskClosed(at=2.0))
        await told(world, writer, of=1)
    again = Notes()
    async with life(world, again) as writer:
        assert len(await told(world, writer, of=2)) == 2
    assert again.carried == [("%1", f"DONE: {hung.id}")]


async def test_a_lead_that_is_gone_is_noted_as_such() -> None:
    """A pane that can't be reached, a session whose task has ended: the inbox has it still."""
    world, notes = World(), Notes()
    async with life(world, notes) as writer:
        parent = await add(writer, None)
        await writer.submit(parent.id, TaskCancelled(at=2.0))
        late, deaf = await add(writer, f"session:{parent.id}.1"), await add(writer, "pane:deaf")
        for one in (late, deaf):
            await writer.submit(one.id, TaskClosed(at=3.0))
        found = dict(await told(world, writer, of=2))
    assert str(found[late.id]).startswith(f"nobody: {parent.id} is cancelled")
    assert found[deaf.id] == "not told: nobody is there"


async def test_a_session_gets_a_message_unless_it_did_so_itself() -> None:
    """What it did it knows; the message has an id that follows from the event."""
    world, notes = World(), Notes()
    async with life(world, notes) as writer:
        parent = await add(writer, None)
        lead = f"session:{parent.id}.1"
        one, two = [await add(writer, lead, parent.id) for _ in range(2)]
        await writer.submit(one.id, TaskCancelled(at=2.0, actor=lead))
        await writer.submit(two.id, TaskClosed(at=3.0))
        found = dict(await told(world, writer, of=2))
        [row] = world.store.tasks(TaskQuery(ids=(parent.id,)))
    assert found == {one.id: "it did so itself", two.id: f"a message to {parent.id}"}
    assert [message.text.split(" (")[0] for message in row.messages] == [f"[orch] DONE: {two.id}"]
    assert row.messages[0].id.startswith(f"{two.id}-e")
    assert not notes.carried
