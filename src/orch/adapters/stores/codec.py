"""Values to and from the JSON that stores keep; the counterpart of the dataclasses in core."""

from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from orch.core.effects import EFFECTS, Effect
from orch.core.task import Task
from orch.ports.errors import Permanent
from orch.ports.store import Fact, Recorded

T = TypeVar("T")

_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}  # Making one costs more than using it.

_COLUMNS = ("at", "actor")  # Every event has them, so they stand beside its data, not in it.
_OLDER = "Use the version of orch that wrote it, or a newer one."


def encode(value: object) -> str:
    """Render a value as JSON.

    Raises `Permanent` for text that is not Unicode (a lone surrogate, which is what Python makes
    of bytes that are not UTF-8): no database could give it back.
    """
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError as error:
        stray = error.object[error.start : error.end]
        raise Permanent(
            f"a text is not Unicode ({stray!r}); nothing was written",
            remedy="Give the text as UTF-8.",
        ) from error


def decode(kind: type[T], body: str) -> T:
    """Read a value; fields that came later take their defaults, fields that went are ignored.

    Raises `Permanent` for a body that this version of orch has no value for.
    """
    try:
        value: T = _decoder_of(kind).decode(body)
    except msgspec.DecodeError as error:
        raise Permanent(
            f"a stored {kind.__name__} cannot be read: {error}", remedy=_OLDER
        ) from error
    return value


def _decoder_of(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(kind)
    return _decoders[kind]


def decode_effect(kind: str, body: str) -> Effect:
    """Read an effect; raises `Permanent` for a kind that this version of orch does not know."""
    if kind not in EFFECTS:
        raise Permanent(f"the outbox holds an effect of unknown kind {kind!r}", remedy=_OLDER)
    return decode(EFFECTS[kind], body)


def normal_id(task_id: str) -> str:
    """Give a task id as it is stored: ids are told apart without regard to case."""
    return task_id.lower()


def normal_task(task: Task) -> Task:
    """Give a task with every task id in it as it is stored."""
    after = tuple(map(normal_id, task.after))
    parent = None if task.parent is None else normal_id(task.parent)
    task_id = normal_id(task.id)
    if (task_id, after, parent) == (task.id, task.after, task.parent):
        return task
    return replace(task, id=task_id, after=after, parent=parent)


def record(fact: Fact, seq: int) -> tuple[Recorded, str]:
    """Make of a fact what stands in the history, its data apart and as JSON.

    An event's own time, actor and kind count; what the fact carries in `data` is added to it.
    """
    event, data = fact.event, dict(fact.data or {})
    if event is not None:
        own = msgspec.to_builtins(event)
        data = {name: value for name, value in own.items() if name not in _COLUMNS} | data
    recorded = Recorded(
        seq=seq,
        project_id=fact.project_id,
        task_id=None if fact.task_id is None else normal_id(fact.task_id),
        landing_id=fact.landing_id,
        kind=fact.kind if event is None else type(event).__name__,
        at=fact.at if event is None else event.at,
        actor=fact.actor if event is None else event.actor,
        data={},
    )
    return recorded, encode(data)
