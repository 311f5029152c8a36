"""Methods of what is said: what a session does, messages to it, answers for it."""

from dataclasses import dataclass

from orch.core.decision import UnexpectedEvent
from orch.core.events import (
    MessageQueued,
    QuestionAnswered,
)
from orch.core.signs import Choice
from orch.core.talk import Question, Urgency
from orch.core.task import Task
from orch.core.text import plain
from orch.daemon.call import Call
from orch.daemon.lineage import guard, mine
from orch.daemon.methods.lookup import find_task, maybe_project, projects_of
from orch.daemon.methods.table import method
from orch.daemon.methods.task import TaskParams, the_task
from orch.daemon.methods.wording import check_prompt
from orch.daemon.rights import Role
from orch.daemon.views import Projects, project_name
from orch.daemon.waiting import STATUSES
from orch.engine.steer import queue_once
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.talk import (
    ActivityShape,
    ChoiceShape,
    MessageShape,
    QuestionShape,
    SignShape,
)

_MOST = 100_000
_SIGNS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerParams:
    """Which task, what its agent is told, and when: queue, now or interrupt.

    The same `message_id` again is the same message.
    """

    task: str
    text: str
    urgency: str = "queue"
    message_id: str | None = None
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerParams:
    """Which question (or the task that has only one), and the answer: a choice, words, or both."""

    question: str
    choice: str = ""
    text: str = ""
    project: str | None = None
    cwd: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionsParams:
    """Nothing to choose."""


@method("task.activity", Role.SESSION)
async def activity(call: Call, params: TaskParams) -> ActivityShape:
    """Say what a task's session does, by which rule, on what evidence, and what was seen last."""
    task = await the_task(call, params)
    attempt = task.attempt
    found = call.engine.evidence(attempt.session) if attempt else None
    if attempt is None or found is None:
        raise WireError(
            Code.NOT_FOUND, f"{task.id} has no session that runs", next=f"orch why {task.id}"
        )
    derived, sight = found
    return ActivityShape(
        activity=derived.activity,
        rule=derived.evidence.rule,
        observation=plain(derived.evidence.observation),
        at=derived.evidence.at,
        next_at=derived.next_at,
        mode=attempt.mode,
        conversation=attempt.conversation,
        nudges=attempt.nudges,
        signs=tuple(
            SignShape(kind=sign.kind, source=sign.source, at=sign.at, text=plain(sign.text))
            for sign in list(sight.signs)[-_SIGNS:]
        ),
    )


@method("task.steer", Role.SESSION)
async def steer(call: Call, params: SteerParams) -> MessageShape:
    """Tell an agent something, in its session or in the next one; each message arrives once."""
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    task = await find_task(call, name=params.task, project=project)
    await guard(call, task)
    text = check_prompt(params.text).strip()
    if not text:
        raise invalid("say what the agent is to be told", next=f'orch steer {task.id} "…"')
    if params.urgency not in tuple(Urgency):
        raise invalid(f"{params.urgency!r} is none of {', '.join(Urgency)}")
    number = await call.read(call.store.allocate, "message")
    event = MessageQueued(
        at=call.context.now(),
        actor=call.actor,
        message_id=params.message_id or f"m{number}",
        text=text,
        urgency=Urgency(params.urgency),
    )
    moved = await queue_once(call.engine.writer, call.store, task_id=task.id, event=event)
    found = next((one for one in moved.messages if one.id == event.message_id), None)
    return MessageShape(
        id=event.message_id,
        task=task.id,
        text=text,
        kind=event.kind,
        urgency=event.urgency,
        actor=event.actor,
        at=event.at,
        trouble=found.trouble if found else "",
    )


@method("questions.list", Role.SESSION)
async def questions(call: Call, params: QuestionsParams) -> tuple[QuestionShape, ...]:
    """List the questions of all agents that nobody has answered, the oldest first.

    A session sees those of the tasks that it filed.
    """
    del params
    if call.caller.role is Role.SESSION:
        tasks = [task for task in await mine(call) if task.status in STATUSES]
    else:
        tasks = list(await call.read(call.store.tasks, TaskQuery(statuses=STATUSES, limit=_MOST)))
    projects = await projects_of(call.context)
    found = [(one, task) for task in tasks for one in task.questions if one.is_open]
    found.sort(key=lambda pair: pair[0].at)
    return tuple(question_shape(one, task, projects=projects) for one, task in found)


@method("inbox.answer", Role.SESSION)
async def answer(call: Call, params: AnswerParams) -> QuestionShape:
    """Answer a question or a permission request, once; a second answer is refused."""
    task, question = await _find_question(call, params)
    await guard(call, task)
    chosen = _choice(question, params)
    event = QuestionAnswered(
        at=call.context.now(),
        actor=call.actor,
        question_id=question.id,
        choice=chosen.id if chosen else "",
        text=check_prompt(params.text).strip() or (chosen.label if chosen else ""),
    )
    if not event.choice and not event.text:
        raise invalid("say what the answer is", next=_how(question))
    try:
        await call.engine.writer.submit(task.id, event)
    except UnexpectedEvent as error:
        raise WireError(Code.REFUSED, str(error), next=f"orch why {task.id}") from error
    return question_shape(question, task, projects=await projects_of(call.context), answered=True)


async def _find_question(call: Call, params: AnswerParams) -> tuple[Task, Question]:
    tasks = await call.read(call.store.tasks, TaskQuery(statuses=STATUSES, limit=_MOST))
    wanted = params.question.strip().lower()
    for task in tasks:
        for question in task.questions:
            if question.id == wanted:
                return task, question
    project = await maybe_project(call.context, name=params.project, cwd=params.cwd)
    if wanted.startswith("q") and wanted[1:].isdecimal():
        message = f"no question {wanted} waits for an answer: it was answered or withdrawn"
        raise WireError(Code.NOT_FOUND, message, next="orch inbox")
    task = await find_task(call, name=params.question, project=project)
    waiting = [one for one in task.questions if one.is_open]
    if not waiting:
        raise WireError(Code.NOT_FOUND, f"{task.id} asks nothing", next="orch inbox")
    if len(waiting) > 1:
        message = f"{task.id} has {len(waiting)} open questions; name one"
        listed = [f"{one.id}  {one.text}" for one in waiting]
        raise WireError(Code.AMBIGUOUS, message, candidates=listed, next="orch inbox")
    return task, waiting[0]


def _choice(question: Question, params: AnswerParams) -> Choice | None:
    """Find what was chosen: by its id, its label, or yes and no for what asks a permission."""
    said = params.choice.strip()
    if not said:
        return None
    for one in question.choices:
        if said.lower() in {one.id.lower(), one.label.lower()}:
            return one
    grants = {"yes": True, "y": True, "allow": True, "no": False, "n": False, "deny": False}
    wanted = grants.get(said.lower())
    fitting = [one for one in question.choices if wanted is not None and one.grants is wanted]
    if fitting:
        return fitting[0]
    if said.isdecimal() and 0 < int(said) <= len(question.choices):
        return question.choices[int(said) - 1]
    if not question.choices:
        return Choice(said, said)
    raise invalid(f"{said!r} is none of the choices of {question.id}", next=_how(question))


def _how(question: Question) -> str:
    if not question.choices:
        return f'orch answer {question.id} "…"'
    return f"orch answer {question.id} {' | '.join(one.id for one in question.choices)}"


def question_shape(
    question: Question, task: Task, *, projects: Projects, answered: bool = False
) -> QuestionShape:
    """Show a question with the task it belongs to."""
    return QuestionShape(
        id=question.id,
        task=task.id,
        project=project_name(projects, task.project_id),
        title=task.title,
        kind=question.kind,
        text=question.text,
        context=question.context,
        choices=tuple(
            ChoiceShape(id=c.id, label=c.label, grants=c.grants) for c in question.choices
        ),
        otherwise=question.otherwise,
        at=question.at,
        answered=answered or not question.is_open,
    )
