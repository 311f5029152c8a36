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
    GatePassed,
    Judged,
    SessionEnded,
    SessionStarted,
    SlotGranted,
    TaskRouted,
    TaskSubmitted,
    WorkspaceReady,
)
from orch.core.judgement import Judgement, Remark, Ruling
from orch.core.judging import bound_to
from orch.core.settings import AuditTable, JudgePolicy, ProjectSettings
from orch.daemon.trail import Trail
from orch.engine.kill_points import no_step
from orch.engine.parts import Parts
from orch.ports.store import TaskQuery
from orch.system.paths import Home
from orch.testing.repositories import Repository
from orch.testing.simulate import PROJECT, FakeConfiguration, World

HEAD = "d" * 40

SECOND: tuple[Event, ...] = (
    SlotGranted(at=10.0, attempt=2, agent="fixer", host_id="h", worker="kole", token=""),
    WorkspaceReady(at=11.0, attempt=2, path="/w", branch="orch/t1", base_commit="b"),
    SessionStarted(at=12.0, attempt=2, session="t1.2"),
    SessionEnded(at=13.0, attempt=2, exit_code=0),
    AgentClaimedDone(at=14.0, attempt=2, head=HEAD, commits=1),
    GatePassed(at=15.0, attempt=2, head=HEAD, judge=JudgePolicy.REQUIRED),
)

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

    async def live_judged(self) -> None:
        """Let a judge reject a task whose gate passed."""
        await self.live()
        (task,) = self.parts.store.tasks(TaskQuery())
        remark = Remark(text="off by one\n```", path="a.py", line=7)
        said = Judgement(
            ruling=Ruling.REJECT,
            bound=bound_to(task, HEAD),
            summary="Not yet.",
            remarks=(remark,),
            agent="critic",
        )
        for event in SECOND:
            await self.parts.writer.submit(task.id, event)
        await self.parts.writer.submit(task.id, Judged(at=18.0, attempt=2, judgement=said))

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


async def test_a_judgement_can_be_read_with_its_findings(home: Home, mine: Repository) -> None:
    """Who judged which commit, and what of it is wrong where; no text closes its fence."""
    async with scene(home, mine) as on:
        await on.live_judged()
        await Trail(on.parts, home).catch_up(0)
        pages = [path.read_text() for path in (on.orch / "verdicts").iterdir()]
        (page,) = [page for page in pages if page.startswith("# Judgement of t1")]
        for wanted in (
            "- verdict: reject",
            "- judge: critic",
            "- why: Not yet.",
            f"- commit: {HEAD}",
        ):
            assert wanted in page
        assert "````\n- a.py:7: warning: off by one\n```\n````" in page


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
