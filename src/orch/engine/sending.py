"""What is noted of a message before it is written, for the daemon that finds it half sent."""

import json
from dataclasses import dataclass

from orch.engine.kept import SENT
from orch.engine.parts import Parts


@dataclass(frozen=True, slots=True)
class Sending:
    """Which message was written last, from when on (epoch seconds), in how many strokes.

    One is enough: the next message is only written once this one is delivered or doubted.
    """

    message_id: str
    at: float
    strokes: int


def note_sending(parts: Parts, task_id: str, *, n: int, sending: Sending) -> None:
    """Note what is about to be written. Raises `Permanent` if that can't be kept."""
    said = [sending.message_id, sending.at, sending.strokes]
    parts.artifacts.write(task_id, n, name=SENT, content=json.dumps(said).encode())


def recall(parts: Parts, task_id: str, *, n: int) -> Sending | None:
    """Return what was noted last for an attempt."""
    kept = parts.artifacts.read(task_id, n, name=SENT)
    return Sending(*json.loads(kept)) if kept else None
