"""Prove what is shown of tasks that a judge holds before their lane."""

from orch.core.judgement import Limit, Ruling
from orch.core.settings import JudgePolicy
from tests.daemon.judged import pass_gate, say
from tests.daemon.served import Served

UNTIL = 4_000_000_000.0


def configure(served: Served, text: str) -> None:
    """Write the project's configuration."""
    config = served.repository.path / ".orch" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(text, encoding="utf-8")


async def test_who_waits_for_a_judge_is_before_the_lane_until_it_has_spoken(served: Served) -> None:
    """With the judge and the time, whatever else is listed; then it is in the lane."""
    tasks = [await served.add(f"x{n}") for n in range(4)]
    for task in tasks[:3]:
        await pass_gate(served, task, JudgePolicy.REQUIRED)
    await say(served, tasks[1], Ruling.UNCLEAR, limit=Limit(until=UNTIL, resumes=True))
    await say(served, tasks[2], Ruling.UNCLEAR, limit=Limit(until=UNTIL))
    found = await served.call("status.get", limit=0, done=0)
    assert (found["tasks"], found["queue"]) == ([], [])
    shown = {one["task"]: (one["state"], one["judge"], one["until"]) for one in found["before"]}
    assert shown == {
        tasks[0]: ("judging", "fixer", None),
        tasks[1]: ("limit", "claude", UNTIL),
        tasks[2]: ("limit", "claude", None),
    }
    since = {one["task"]: one["since"] for one in found["before"]}
    await served.call("task.steer", task=tasks[1], text="Keep the old names")
    again = await served.call("status.get")
    assert {one["task"]: one["since"] for one in again["before"]} == since
    assert "then: orch task unblock" in found["before"][-1]["reason"]
    assert {(one["project"], one["target"]) for one in found["before"]} == {
        (served.project.name, "main")
    }
    await say(served, tasks[0], Ruling.APPROVE)
    left = await served.call("status.get", project=served.project.name)
    assert [one["task"] for one in left["before"]] == tasks[1:3]


async def test_the_judge_of_the_project_is_named(served: Served) -> None:
    """Or who did the work, also where the configuration can't be read."""
    task = await served.add("x")
    await pass_gate(served, task, JudgePolicy.REQUIRED)
    agents = '[agents.claude]\nadapter = "command"\nstart_command = "true"\n'
    judge = 'judge = "required"\njudge_agent = "claude"\n'
    for text, named in (("nonsense", "fixer"), (f"[landing]\n{judge}{agents}", "claude")):
        configure(served, text)
        found = await served.call("status.get")
        assert [one["judge"] for one in found["before"]] == [named], text


async def test_nothing_else_is_before_the_lane(served: Served) -> None:
    """Neither what is at its gate's end without a judge nor what has an advisory one."""
    for policy in (JudgePolicy.OFF, JudgePolicy.ADVISORY):
        await pass_gate(served, await served.add(policy.value), policy)
    assert (await served.call("status.get"))["before"] == []
