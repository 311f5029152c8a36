"""Admission: limits hold, and within them priority goes before age."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given

from orch.core.admission import Room, Usage, admit
from orch.core.task import Task
from tests.core.build import task


def routed(number: int, *, priority: int = 0, project: str = "p", agent: str = "a") -> Task:
    """Make a routed task; a higher number is younger."""
    made = task(task_id=f"t{number}", project_id=project, priority=priority, at=float(number))
    return replace(made, agent=agent)


def names(chosen: list[Task]) -> list[str]:
    """Name the tasks that were chosen, in order."""
    return [one.id for one in chosen]


def room(sessions: int, **projects: int) -> Room:
    """Make room for so many sessions in all, and by project."""
    return Room(sessions=sessions, projects=projects, agents={})


def test_priority_goes_before_age() -> None:
    """The highest number first; equals by age."""
    tasks = [routed(1), routed(2, priority=5), routed(3), routed(4, priority=5)]
    assert names(admit(tasks, usage=Usage(sessions={}), room=room(3))) == ["t2", "t4", "t1"]


def test_a_full_project_does_not_hold_back_another() -> None:
    """Its tasks are passed over."""
    tasks = [routed(1, project="full"), routed(2, project="free")]
    usage = Usage(sessions={("full", "a"): 1})
    assert names(admit(tasks, usage=usage, room=room(4, full=1, free=1))) == ["t2"]


def test_an_agent_has_a_limit_of_its_own() -> None:
    """Its sessions count by project and agent."""
    limits = Room(sessions=9, projects={}, agents={("p", "slow"): 1})
    tasks = [routed(1, agent="slow"), routed(2, agent="slow"), routed(3)]
    assert names(admit(tasks, usage=Usage(sessions={}), room=limits)) == ["t1", "t3"]


def test_a_closed_project_gets_nothing() -> None:
    """Paused, or without a configuration that may run."""
    closed = Room(sessions=9, projects={}, agents={}, closed=frozenset({"p"}))
    assert admit([routed(1)], usage=Usage(sessions={}), room=closed) == []


@given(
    wanted=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("pq"), st.sampled_from("ab")), max_size=20
    ),
    total=st.integers(0, 6),
    each=st.integers(0, 4),
    busy=st.integers(0, 3),
)
def test_no_limit_is_ever_exceeded(
    wanted: list[tuple[int, str, str]], total: int, each: int, busy: int
) -> None:
    """Whatever is asked for; and room is never left while somebody could use it."""
    tasks = [
        routed(number, priority=priority, project=project, agent=agent)
        for number, (priority, project, agent) in enumerate(wanted)
    ]
    limits = Room(sessions=total, projects={"p": each, "q": each}, agents={})
    usage = Usage(sessions={("p", "a"): busy})
    chosen = admit(tasks, usage=usage, room=limits)
    of = {name: sum(one.project_id == name for one in chosen) for name in "pq"}
    assert busy + len(chosen) <= max(total, busy)
    assert of["p"] + busy <= max(each, busy)
    assert of["q"] <= each
    passed_over = [one for one in tasks if one not in chosen]
    for one in passed_over:
        used = of[one.project_id] + (busy if one.project_id == "p" else 0)
        assert busy + len(chosen) >= total or used >= each
