"""Prove that one look shows where everything stands, and what waits for a person."""

from dataclasses import replace

import pytest

from orch.core.attempt import Activity, Evidence
from orch.core.events import ActivityObserved, SessionStarted, TaskBlocked
from orch.core.findings import Finding, Severity
from orch.core.landing import ItemState
from orch.core.project import LaneHold
from orch.core.task import BlockedOn
from orch.engine.gating import GateNow
from orch.wire.codes import WireError
from tests.daemon.served import Served


async def test_the_status_of_an_empty_home_is_a_page(served: Served) -> None:
    """With the daemon and the project."""
    found = await served.call("status.get")
    assert found["projects"][0]["name"] == served.project.name
    assert (found["tasks"], found["counts"], found["queue"]) == ([], {}, [])
    assert (found["inbox"], found["seq"]) == (0, 0)


async def test_the_status_counts_all_and_lists_some(served: Served) -> None:
    """The open ones first, then the last ones that ended."""
    for number in range(4):
        await served.add(f"x{number}")
    await served.call("task.cancel", task="t4")
    found = await served.call("status.get", limit=2)
    assert found["counts"] == {"new": 3, "cancelled": 1}
    assert [task["status"] for task in found["tasks"]] == ["new", "new", "cancelled"]


async def test_a_bad_configuration_is_told_in_the_status(served: Served) -> None:
    """The last good one stays in force, and the status says so."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('[landing]\nmod = "direct"\n')
    found = await served.call("status.get")
    assert "mod" in found["warnings"][0]["what"]


async def test_ones_own_places_in_the_queue_count_those_of_others(served: Served) -> None:
    """Whoever is ahead of them, or shares their gate; nothing of others is listed."""
    own = await served.add("Mine")
    first, last = [await served.enqueue(name) for name in ("hers", "mine")]
    await served.engine.move(first.id, candidate="c1", expected_old="tip", place=1)
    built = {"candidate": "c2", "expected_old": "c1", "place": 2}
    await served.engine.move(last.id, task_id=own, **built)
    served.engine.gates[last.id] = GateNow("running", 12.5)
    found = await served.call("status.get", mine=True)
    told = [(one["task"], one["ahead"], one["gated_with"]) for one in found["queue"]]
    assert told == [(own, 1, ["l1"])]
    assert len((await served.call("status.get"))["queue"]) == 2


async def test_the_inbox_ranks_what_holds_up_an_agent_first(served: Served) -> None:
    """Then reviews, blocks, landings and failures; each with the command to run."""
    submit = served.engine.writer.submit
    asking = await served.add("asks")
    await served.begin(asking)
    await submit(asking, SessionStarted(at=5.0, attempt=1, session=f"{asking}.1"))
    seen = Evidence(rule="hook", observation="it asks for a name", at=6.0)
    await submit(
        asking,
        ActivityObserved(at=6.0, attempt=1, activity=Activity.ASKING, evidence=seen),
    )
    blocked = await served.add("blocked")
    await submit(blocked, TaskBlocked(at=1.0, on=BlockedOn.AGENT, reason="no agent fixr"))
    failed = await served.add("failed")
    await served.call("task.mark", task=failed, mark="fail", reason="hopeless")
    waiting = await served.add("waits for another")
    await submit(waiting, TaskBlocked(at=1.0, on=BlockedOn.DEPENDENCY, reason="waits for t1"))
    item = await served.enqueue("a")
    await served.engine.move(item.id, waiting="README.md is in the way")

    found = await served.call("inbox.list")
    assert [entry["why"] for entry in found] == ["question", "blocked", "landing", "failed"]
    assert [entry["rank"] for entry in found] == [1, 2, 3, 4]
    assert all(entry["next"] for entry in found)
    assert found[0]["next"] == [f"orch attach {asking}"]
    assert found[1]["what"] == "no agent fixr"
    assert (await served.call("status.get"))["inbox"] == 4


async def test_a_project_that_paused_itself_leads_the_inbox(served: Served) -> None:
    """With the reason, in the status too; one that a person paused waits for nobody."""
    why = "5 tasks in a row ended without landing: t1, t2, t3, t4, t5"
    paused = replace(served.project, paused=True, paused_why=why, paused_at=7.0)
    served.engine.registry.save_project(paused)
    (found,) = await served.call("inbox.list")
    assert (found["why"], found["what"], found["since"]) == ("paused", why, 7.0)
    assert found["next"] == [f"orch project resume {served.project.name}"]
    status = await served.call("status.get")
    assert (status["inbox"], status["projects"][0]["paused_why"]) == (1, why)
    await served.call("project.resume", project=served.project.name)
    await served.call("project.pause", project=served.project.name)
    assert await served.call("inbox.list") == []


async def test_a_lane_that_orch_stopped_leads_the_inbox(served: Served) -> None:
    """Also when nothing waits in it; one that a person paused waits for nobody."""
    holds = (
        LaneHold(target="main", why="I4: l1 is there twice", by="orch", at=7.0),
        LaneHold(target="next", why="a freeze", by="person:ada", at=8.0),
    )
    served.engine.registry.save_project(replace(served.project, holds=holds))
    (found,) = await served.call("inbox.list")
    assert (found["why"], found["since"]) == ("stopped", 7.0)
    assert found["what"] == "the lane of main: I4: l1 is there twice"
    assert found["next"] == ["orch queue resume main", "orch doctor"]
    status = await served.call("status.get")
    assert status["inbox"] == 1
    assert [(one["target"], one["by"]) for one in status["projects"][0]["held"]] == [
        ("main", "orch"),
        ("next", "person:ada"),
    ]


async def test_what_waits_for_those_ahead_of_it_waits_for_no_person(served: Served) -> None:
    """What is still held when nothing goes on ahead of it does; each lane has its own."""
    ahead, behind = await served.enqueue("a"), await served.enqueue("b")
    other = await served.enqueue("c")
    await served.engine.move(behind.id, waiting="failed on top of l1")
    await served.engine.move(other.id, target="next", waiting="flaky")
    assert [one["landing"] for one in await served.call("inbox.list")] == [other.id]
    await served.engine.move(ahead.id, waiting="flaky, too")
    found = await served.call("inbox.list")
    assert {one["landing"] for one in found} == {ahead.id, behind.id, other.id}
    assert (await served.call("status.get"))["inbox"] == 3


async def test_what_was_promoted_is_ahead(served: Served) -> None:
    """Whatever came first: it holds up the others, and they do nothing for it."""
    first, promoted = await served.enqueue("a"), await served.enqueue("b")
    await served.engine.move(first.id, state=ItemState.GREEN)
    held = {"state": ItemState.GREEN, "promoted": True, "waiting": "files are in the way"}
    await served.engine.move(promoted.id, **held)
    assert [one["landing"] for one in await served.call("inbox.list")] == [promoted.id]


async def test_what_is_being_gated_waits_for_nobody(served: Served) -> None:
    """Its gate runs once more: there is something to wait for, and nothing to do."""
    item = await served.enqueue("a")
    await served.engine.move(item.id, state=ItemState.GATING, waiting="failed; runs once more")
    assert await served.call("inbox.list") == []
    await served.engine.move(item.id, state=ItemState.QUEUED, waiting="the target itself fails")
    (found,) = await served.call("inbox.list")
    assert found["next"] == [f"orch queue cancel {item.id}", "orch queue"]


async def test_workers_are_shown_with_their_evidence(served: Served) -> None:
    """By name; those whose session has ended are not at work."""
    task = await served.add("x")
    await served.begin(task, worker="bodu")
    (found,) = await served.call("workers.list")
    assert (found["worker"], found["task"], found["agent"]) == ("bodu", task, "fixer")
    await served.call("task.stop", task=task)
    assert await served.call("workers.list") == []


async def test_the_doctor_lists_errors_first(served: Served) -> None:
    """And is only well without any."""
    served.engine.findings = [
        Finding(severity=Severity.INFO, subject="a", what="b"),
        Finding(severity=Severity.ERROR, subject="I3 on main", what="c", repair="git show"),
    ]
    found = await served.call("doctor.run")
    assert found["ok"] is False
    assert found["findings"][0]["subject"] == "I3 on main"
    served.engine.findings = []
    assert (await served.call("doctor.run"))["ok"] is True


async def test_the_doctor_ends_sessions_that_nobody_waits_for(served: Served) -> None:
    """And says what it has mended."""
    served.sessions.put("t9.1")

    orphan = Finding(severity=Severity.WARNING, subject="session t9.1", what="runs", fixable=True)
    served.engine.findings = [orphan]
    fixed = await served.call("doctor.fix")
    assert served.sessions.known["t9.1"].alive is False
    assert fixed["fixed"] == []  # The double still tells of it, so it is not called mended.


async def test_an_agent_whose_program_is_missing_is_found(served: Served) -> None:
    """Before a task needs it."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir()
    config.write_text('required_tools = ["no-such-tool-here"]\n')
    found = await served.call("doctor.run")
    subjects = [finding["subject"] for finding in found["findings"]]
    assert f"required tool no-such-tool-here of {served.project.name}" in subjects


async def test_a_project_that_is_not_there_is_refused(served: Served) -> None:
    """Not shown as an empty page."""
    with pytest.raises(WireError, match="no project nonsense"):
        await served.call("status.get", project="nonsense")
