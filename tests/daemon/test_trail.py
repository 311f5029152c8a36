"""Prove that people find in their project what happened, and that git does not see it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orch.core.events import (
    AgentClaimedDone,
    Event,
    GateFailed,
    SessionEnded,
    SessionStarted,
    SlotGranted,
    TaskRouted,
    TaskSubmitted,
    WorkspaceReady,
)
from orch.core.settings import AuditTable, ProjectSettings
from orch.daemon.trail import Trail
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
from orch.system.paths import Home
from orch.testing.repositories import Repository
from orch.testing.simulate import PROJECT, FakeConfiguration, World

LIFE: tuple[Event, ...] = (
    TaskRouted(at=2.0, agent="fixer", base="main"),
    SlotGranted(at=3.0, attempt=1, agent="fixer", host_id="h", worker="bodu", token=""),
    WorkspaceReady(at=4.0, attempt=1, path="/w", branch="orch/t1", base_commit="b"),
    SessionStarted(at=5.0, attempt=1, session="t1.1"),
    SessionEnded(at=6.0, attempt=1, exit_code=0, cpu_s=1.25, peak_memory_bytes=5_000_000),
    AgentClaimedDone(at=7.0, attempt=1, head="c" * 40, commits=1),
    GateFailed(at=8.0, attempt=1, head="c" * 40, reason="`make` exited 1", excerpt="2 failed"),
)


@dataclass
class Scene:
    """A project that wants a trail."""

    parts: Parts
    home: Home
    orch: Path

    async def live(self) -> None:
        """Let a task run up to a red gate."""
        wanted = TaskSubmitted(at=1.0, task_id="", project_id=PROJECT, title="Mend it")
        task = await self.parts.writer.create(wanted)
        attempt = self.home.attempt(task.id, 1)
        attempt.mkdir(parents=True)
        (attempt / "prompt.md").write_text("Please mend it.")
        (attempt / "gate-1.log").write_text("$ make\n2 failed\n")
        for event in LIFE:
            await self.parts.writer.submit(task.id, event)

    def files(self) -> set[str]:
        """List what was written."""
        return {str(path.relative_to(self.orch)) for path in self.orch.rglob("*") if path.is_file()}


@asynccontextmanager
async def scene(home: Home, mine: Repository, *, trail: bool = True) -> AsyncIterator[Scene]:
    """Set the scene, with a writer that writes."""
    world = World()
    world.store.save_project(replace(world.store.projects()[0], path=str(mine.path)))
    settings = ProjectSettings(audit=AuditTable(trail=trail))
    parts = replace(world.parts(no_step), configuration=FakeConfiguration(settings))
    running = asyncio.create_task(parts.writer.run())
    try:
        yield Scene(parts, home, mine.path / ".orch")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


WRITTEN = {
    "workers/bodu/prompt.md",
    "workers/bodu/outcome.md",
    "workers/bodu/gate.log",
}


async def test_an_attempt_and_its_verdict_can_be_read(home: Home, mine: Repository) -> None:
    """Prompt, outcome, gate; nothing of it is anything to git."""
    async with scene(home, mine) as on:
        await on.live()
        await Trail(on.parts, home).catch_up(0)
        assert on.files() > WRITTEN
        (verdict,) = (on.orch / "verdicts").iterdir()
        assert verdict.name.startswith("t1-1-")
        assert "- verdict: failed" in verdict.read_text()
        assert "2 failed" in verdict.read_text()
        outcome = (on.orch / "workers" / "bodu" / "outcome.md").read_text()
        assert "# bodu: Mend it" in outcome
        assert "- processor time: 1.2 s" in outcome
        assert (on.orch / "workers" / "bodu" / "prompt.md").read_text() == "Please mend it."
        assert mine.git("status", "--porcelain") == ""


async def test_it_goes_on_where_it_stopped(home: Home, mine: Repository) -> None:
    """Also by another daemon; what happened meanwhile is not missed."""
    async with scene(home, mine) as on:
        assert await Trail(on.parts, home).begin() == 0
        await on.live()
        assert on.files() == set()
        again = Trail(on.parts, home)
        cursor = await again.catch_up(await again.begin())
        assert on.files() > WRITTEN
        assert await Trail(on.parts, home).begin() == cursor


async def test_who_does_not_want_it_gets_nothing(home: Home, mine: Repository) -> None:
    """That is the default."""
    async with scene(home, mine, trail=False) as on:
        await on.live()
        await Trail(on.parts, home).catch_up(0)
        assert on.files() == set()


@pytest.mark.parametrize("link", [".orch", ".orch/workers", ".orch/workers/bodu"])
async def test_a_link_leads_nowhere(
    home: Home, mine: Repository, tmp_path: Path, link: str
) -> None:
    """A repository could bring one along that points out of it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = mine.path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)
    async with scene(home, mine) as on:
        await on.live()
        await Trail(on.parts, home).catch_up(0)
        assert list(elsewhere.iterdir()) == []
