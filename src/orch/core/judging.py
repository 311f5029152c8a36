"""Judging: what a judgement is bound to, what follows from it, and whether a landing has one."""

import shlex
from dataclasses import replace

from orch.core.attempt import Attempt, Phase
from orch.core.decision import Decision, UnexpectedEvent
from orch.core.effects import RunJudge, SubmitLanding
from orch.core.events import Event, GatePassed, Judged
from orch.core.judgement import Binding, Judgement, Limit, Remark, Ruling, digest
from orch.core.landing import Item, beside
from orch.core.retry import after_round, tell_end
from orch.core.settings import JudgePolicy
from orch.core.task import BlockedOn, Status, Task

_ATTEMPTS = "refs/orch/attempts/"
_BRANCHES = ("refs/orch/sources/", "refs/heads/")

READY = "ready: `orch merge` lands it"


def bound_to(task: Task, head: str) -> Binding:
    """Say what a judgement of a task's commit holds for: another order or scope is another one."""
    return Binding(
        head=head,
        order=digest(task.title, task.prompt),
        scope=digest(*task.scope.allowed, "\n", *task.scope.forbidden),
    )


def after_gate(task: Task, event: GatePassed) -> Decision:
    """Have what passed its gate judged, where the project wants it; else send it to the lane.

    An advisory judgement comes beside the landing and is never waited for.
    """
    order = RunJudge(
        task_id=task.id,
        attempt=event.attempt,
        head=event.head,
        serial=task.version + 1,
        required=event.judge is JudgePolicy.REQUIRED,
        receipt=event.receipt,
    )
    match event.judge:
        case JudgePolicy.OFF:
            return _onward(task, head=event.head, manual=event.manual)
        case JudgePolicy.ADVISORY:
            on = _onward(task, head=event.head, manual=event.manual)
            return replace(on, effects=(*on.effects, order))
        case JudgePolicy.REQUIRED:
            waiting = replace(_current(task), phase=Phase.JUDGING)
            return Decision(task=replace(task, attempt=waiting), effects=(order,))


def judge(task: Task, event: Judged) -> Decision:
    """Follow a judgement that the landing waits for: onward, back with its remarks, or a person."""
    claimed = replace(_current(task), phase=Phase.CLAIMED)
    judged = _spent(replace(task, judgement=event.judgement, attempt=claimed), event)
    match event.judgement.ruling:
        case Ruling.APPROVE:
            return _onward(judged, head=event.judgement.bound.head, manual=event.manual)
        case Ruling.REJECT:
            return Decision(task=_rejected(judged, event))
        case Ruling.UNCLEAR:
            why = f"not judged: {event.judgement.summary or 'it gave no reason'}"
            if event.limit is not None and event.judgement.held < task.budget.attempts:
                return Decision(task=_parked(judged, event.limit, why=why))
            reason = f"{why}; `orch task complete {task.id}` asks again"
            return Decision(task=replace(judged, status=Status.NEEDS_REVIEW, reason=reason))


def note(task: Task, event: Judged) -> Decision:
    """Note an advisory judgement; nothing follows from it."""
    return Decision(task=_spent(replace(task, judgement=event.judgement), event))


def lateness(task: Task, event: Judged) -> str:
    """Say why a judgement comes too late, or was not asked for; empty if it counts."""
    attempt = task.attempt
    if attempt is None or attempt.n != event.attempt:
        return f"news of attempt {event.attempt}"
    if event.judgement.bound != bound_to(task, attempt.head or ""):
        return f"a judgement of {event.judgement.bound.head[:12]}, which is not what there is now"
    if event.required:
        return "" if attempt.phase is Phase.JUDGING else f"news from before {attempt.phase}"
    return "" if task.status is not Status.IN_REVIEW else "an advisory judgement asked for before"


def holds(item: Item, task: Task | None) -> str:
    """Say why an item lacks the judgement that its project requires, and who can let it land.

    Empty if it may land. A person's approval counts for more than a judge, and their `undo` is
    one. A re-parented candidate keeps its judgement; a conflict that was resolved beside the judged
    commits voids it, for nobody judged those lines. What a session resolved stands in its commits,
    and was judged.
    """
    why = "" if item.approved or item.reverts else _lack(item, task)
    return f"{why}; `{approval(item)}` lands it all the same" if why else ""


def _lack(item: Item, task: Task | None) -> str:
    if task is None:
        return "it belongs to no task, so no judge has seen it"
    if how := beside(item.resolved):
        return f"its conflict was resolved ({how}) after it was judged"
    judgement = task.judgement
    if judgement is None or not judgement.holds_for(bound_to(task, item.source_head)):
        return f"no judge has seen {item.source_head[:12]} as it is asked for now"
    if judgement.ruling is Ruling.REJECT:
        return f"the judge rejects it: {judgement.summary}"
    return ""


def approval(item: Item) -> str:
    """Name the command by which a person lets exactly this into the target."""
    if item.task_id:
        return f"orch merge {item.task_id}"
    into = f"--into {shlex.quote(item.target)}"
    if item.source_ref.startswith(_ATTEMPTS):
        whose = item.source_ref.removeprefix(_ATTEMPTS).partition("/")[0]
        return f"orch merge {whose} {into}"
    branch = item.source_ref
    for prefix in _BRANCHES:
        branch = branch.removeprefix(prefix)
    return f"orch enqueue {shlex.quote(branch)} {into} --approve"


def told(judgement: Judgement) -> str:
    """Write all that a judge found as one message to who did the work."""
    head = f"A judge looked at {judgement.bound.head[:12]} and rejects it."
    parts = [head, judgement.summary, listed(judgement)]
    parts.append("Mend this, or say in your summary why it is no fault.")
    return "\n\n".join(part for part in parts if part)


def listed(judgement: Judgement) -> str:
    """List the remarks of a judge, with file and line."""
    return "\n".join(_line(one) for one in judgement.remarks)


def _line(remark: Remark) -> str:
    place = f"{remark.place}: " if remark.place else ""
    return f"- {place}{remark.gravity}: {remark.text}"


def _rejected(task: Task, event: Judged) -> Task:
    """Send the work back with the remarks, or leave it to a person when that was often enough."""
    rejections = task.rejections + 1
    counted = replace(task, rejections=rejections)
    found = (event.judgement.summary, *(one.text for one in event.judgement.remarks))
    summary = next(filter(None, found), "it gave no reason")
    reason = f"the judge rejects it: {summary}"
    feedback = told(event.judgement)
    if rejections < event.cycles:
        return after_round(counted, reason=reason, at=event.at, feedback=feedback)
    often = f"rejected {rejections} times" if rejections > 1 else "rejected"
    reason = f"{often} by the judge: {summary}; `orch merge {task.id}` lands it all the same"
    return replace(counted, status=Status.NEEDS_REVIEW, reason=reason, feedback=feedback)


def _parked(task: Task, limit: Limit, *, why: str) -> Task:
    """Hold a claim until its judge can go on; whoever unblocks it begins with the gate again."""
    return replace(
        task,
        status=Status.BLOCKED,
        blocked_on=BlockedOn.LIMIT,
        reason=tell_end(why, until=limit.until, resumes=limit.resumes),
        resume_at=limit.until if limit.resumes else None,
    )


def _onward(task: Task, *, head: str, manual: bool) -> Decision:
    if manual:
        return Decision(task=_rest(task, Status.NEEDS_REVIEW, reason=READY))
    order = SubmitLanding(
        task_id=task.id, attempt=_current(task).n, head=head, serial=task.version + 1
    )
    return Decision(task=_rest(task, Status.LANDING), effects=(order,))


def _spent(task: Task, event: Judged) -> Task:
    """Add what judging took to what its attempt took."""
    attempt = task.attempt
    if attempt is None or event.usage is None:
        return task
    sum_of = attempt.usage.plus(event.usage) if attempt.usage else event.usage
    return replace(task, attempt=replace(attempt, usage=sum_of))


def _rest(task: Task, status: Status, *, reason: str = "") -> Task:
    return replace(task, status=status, reason=reason, blocked_on=None)


def _current(task: Task) -> Attempt:
    if task.attempt is None:
        raise UnexpectedEvent(task, Event(at=0.0), why="it has no attempt")
    return task.attempt
