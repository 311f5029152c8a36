"""The method by which an agent says itself how it stands, shown to be its own by its token."""

from dataclasses import dataclass

from orch.core.attempt import Attempt, Phase
from orch.core.events import AgentReported, AttemptEvent, QuestionAsked
from orch.core.signs import Choice
from orch.core.talk import QuestionKind
from orch.core.task import Task
from orch.daemon.call import Call
from orch.daemon.methods.table import method
from orch.daemon.methods.wording import check_prompt
from orch.daemon.rights import Role
from orch.ports.store import TaskQuery
from orch.wire.codes import Code, WireError, invalid
from orch.wire.shapes.overview import Done

_REPORT_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportParams:
    """What an agent says of itself: done, blocked, ask or heartbeat.

    `session` and `token` say which session it is, where that can't be seen from the process.
    """

    word: str
    text: str = ""
    choices: tuple[str, ...] = ()
    session: str = ""
    token: str = ""


@method("session.report", Role.SESSION)
async def report(call: Call, params: ReportParams) -> Done:
    """Take an agent's own word on how it stands; evidence decides whether it is so."""
    task, attempt = await _reporting(call, params)
    text = check_prompt(params.text).strip()
    if len(text.encode()) > _REPORT_BYTES:
        raise invalid(
            f"the message has {len(text.encode()):,} bytes; {_REPORT_BYTES:,} are allowed"
        )
    at, actor = call.context.now(), f"session:{task.id}.{attempt.n}"
    events: list[AttemptEvent] = []
    match params.word:
        case "done" | "heartbeat":
            events.append(
                AgentReported(at=at, actor=actor, attempt=attempt.n, word=params.word, text=text)
            )
        case "ask" | "blocked":
            if not text:
                raise invalid("say what you need: orch report ask -m QUESTION")
            events.append(await _asked(call, params, text=text, n=attempt.n))
        case _:
            raise invalid(f"{params.word!r} is none of done, blocked, ask, heartbeat")
    for event in events:
        await call.engine.writer.submit(task.id, event)
    call.context.poke(f"{task.id}.{attempt.n}")
    return Done(what=_words(params.word))


async def _asked(call: Call, params: ReportParams, *, text: str, n: int) -> QuestionAsked:
    number = await call.read(call.store.allocate, "question")
    kind = QuestionKind.QUESTION if params.word == "ask" else QuestionKind.BLOCKED
    return QuestionAsked(
        at=call.context.now(),
        actor=call.actor,
        attempt=n,
        question_id=f"q{number}",
        kind=kind,
        text=text,
        choices=tuple(Choice(one, one) for one in params.choices),
        otherwise="the task waits; nothing is decided for you",
    )


async def _reporting(call: Call, params: ReportParams) -> tuple[Task, Attempt]:
    """Find whose report it is: by its process, or by its token. Raises `WireError`."""
    session = call.caller.session or params.session
    task_id, _, n = session.rpartition(".")
    found = await call.read(call.store.tasks, TaskQuery(ids=(task_id,), limit=1)) if task_id else ()
    task = found[0] if found else None
    attempt = task.attempt if task else None
    forbidden = WireError(
        Code.FORBIDDEN,
        "only a session of orch's that is at work can report",
        next="orch report runs within a session; people use orch task mark",
    )
    if task is None or attempt is None or str(attempt.n) != n or attempt.phase is Phase.ENDED:
        raise forbidden
    proven = call.context.tokens.fits(params.token, session, fence=attempt.token)
    if (params.token or not call.caller.session) and not proven:
        raise forbidden
    return task, attempt


def _words(word: str) -> str:
    return {
        "done": "noted: the work is checked once you end your turn",
        "heartbeat": "noted",
        "ask": "asked: end your turn; the answer comes as a message",
        "blocked": "noted: a person was told; end your turn",
    }[word]
