"""Prove what is told of a landing's judge: of just the commit that landed, also later on."""

import pytest

from orch.core.events import Landed, LandingSubmitted
from orch.core.judgement import Judgement, Limit, Ruling
from orch.core.judging import bound_to
from orch.core.landing import ItemState
from orch.core.settings import JudgePolicy
from orch.daemon.landing_judged import tell_judged
from tests.core.build import task as a_task
from tests.daemon.judged import HEAD, pass_gate, say
from tests.daemon.served import Served


async def land(served: Served, task: str) -> str:
    """Land a task's commit; return the landing's id."""
    item = await served.enqueue(task)
    submit = served.engine.writer.submit
    await submit(task, LandingSubmitted(at=9.0, attempt=1, landing_id=item.id))
    made = {"task_id": task, "source_head": HEAD, "attempt": 1}
    await served.engine.move(item.id, state=ItemState.LANDED, old="o" * 40, new="n" * 40, **made)
    await submit(task, Landed(at=10.0, landing_id=item.id, commit="n" * 40, previous="o" * 40))
    return item.id


async def test_what_landed_unjudged_says_so_and_why(served: Served) -> None:
    """An advisory judge at its limit holds nothing; the landing tells it, also after a retry."""
    task = await served.add("x")
    await pass_gate(served, task, JudgePolicy.ADVISORY)
    landing = await land(served, task)
    (silent,) = await served.call("landing.list")
    assert (silent["verdict"], silent["judged"]) == ("", "")
    await say(served, task, Ruling.UNCLEAR, required=False, limit=Limit(resumes=True))
    told = "not judged: its judge, claude, is at its usage limit: the usage limit is reached"
    shown = await served.call("landing.show", landing=landing)
    assert (shown["state"], shown["verdict"], shown["judged"]) == ("landed", "unclear", told)
    await served.call("task.retry", task=task)
    assert await served.call("landing.list") == [shown]
    again = await served.call("task.show", task=task)
    assert (again["landing"], again["judgement"]) == (shown, None)


async def test_a_judgement_of_another_commit_is_none_of_a_landing(served: Served) -> None:
    """Nor has a branch one that no task stands for."""
    task = await served.add("x")
    await pass_gate(served, task, JudgePolicy.ADVISORY)
    landing = await land(served, task)
    await say(served, task, Ruling.APPROVE, required=False)
    await served.enqueue("topic")
    told = {one["id"]: one["judged"] for one in await served.call("landing.list")}
    assert told == {landing: "approved by its judge, claude", "l2": ""}
    await served.engine.move(landing, source_head="d" * 40)
    assert (await served.call("landing.show", landing=landing))["judged"] == ""


@pytest.mark.parametrize(
    ("ruling", "told"),
    [
        (Ruling.REJECT, "its judge, claude, rejects it: It leaks."),
        (Ruling.UNCLEAR, "its judge, claude, did not decide: It leaks."),
    ],
)
def test_each_ruling_is_told_in_a_sentence(ruling: Ruling, told: str) -> None:
    """With the judge's own words."""
    said = Judgement(
        ruling=ruling,
        bound=bound_to(a_task(), HEAD),
        summary="It leaks.",
        agent="claude",
    )
    assert tell_judged(said) == told
