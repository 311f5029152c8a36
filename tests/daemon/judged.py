"""Brings tasks before their judge, and has the judge answer, in a daemon that serves a test."""

from orch.core.events import AgentClaimedDone, GatePassed, Judged, SessionEnded, SessionStarted
from orch.core.judgement import Judgement, Limit, Ruling
from orch.core.judging import bound_to
from orch.core.settings import JudgePolicy
from orch.ports.store import TaskQuery
from tests.daemon.served import Served

HEAD = "c" * 40


async def pass_gate(served: Served, task: str, policy: JudgePolicy) -> None:
    """Bring a task's work through its gate, in a project with this policy."""
    await served.begin(task, worker=f"worker-{task}")
    submit = served.engine.writer.submit
    await submit(task, SessionStarted(at=5.0, attempt=1, session=f"{task}.1"))
    await submit(task, SessionEnded(at=6.0, attempt=1, exit_code=0))
    await submit(task, AgentClaimedDone(at=7.0, attempt=1, head=HEAD, commits=1))
    await submit(task, GatePassed(at=8.0, attempt=1, head=HEAD, judge=policy))


async def say(
    served: Served,
    task: str,
    ruling: Ruling,
    *,
    required: bool = True,
    limit: Limit | None = None,
) -> None:
    """Let the judge, claude, answer; with a limit it has none."""
    (row,) = served.engine.store.tasks(TaskQuery(ids=(task,)))
    words = "the usage limit is reached" if limit else "It leaks."
    said = Judgement(
        ruling=ruling,
        bound=bound_to(row, HEAD),
        summary=words,
        agent="claude",
        at=9.0,
        held=1 if limit else 0,
    )
    event = Judged(at=9.0, attempt=1, judgement=said, required=required, limit=limit)
    await served.engine.writer.submit(task, event)
