"""What a model server saw, in the order in which it came; others can wait for it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from threading import Condition
from typing import Any

from orch.testing.model_server.faults import FaultKind


@dataclass(slots=True, kw_only=True)
class Recorded:
    """One request and what became of it.

    `step` is the index of the step that was due, None for a side request or any other question.
    `held` is set while the answer waits for `release`. `status` is None until an answer began, and
    stays None where the connection hung or was cut before one; `finished` is set when the last
    byte of an answer goes out. Keys in headers are left out.
    """

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    protocol: str = ""
    model: str = ""
    script: str = ""
    step: int | None = None
    last_user: str = ""
    fault: FaultKind | None = None
    held: bool = False
    status: int | None = None
    error: str = ""
    finished: bool = False

    def brief(self) -> dict[str, Any]:
        """Give the record as JSON, without the headers and the body."""
        names = (one.name for one in fields(self) if one.name not in {"headers", "body"})
        return {name: getattr(self, name) for name in names}


class Book:
    """The records of a server, safe to read and to wait on from any thread."""

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self._changed = Condition()

    def open(self, method: str, path: str, *, headers: dict[str, str]) -> Recorded:
        """Begin a record."""
        with self._changed:
            record = Recorded(number=len(self.requests), method=method, path=path, headers=headers)
            self.requests.append(record)
            self._changed.notify_all()
        return record

    def note(self, record: Recorded, **facts: object) -> None:
        """Add facts to a record and wake those who wait for them."""
        with self._changed:
            for name, value in facts.items():
                setattr(record, name, value)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Recorded], bool], *, timeout_s: float) -> Recorded:
        """Block until a record is as wanted; TimeoutError, with all that came, if none is."""

        def find() -> Recorded | None:
            return next((one for one in self.requests if wanted(one)), None)

        with self._changed:
            found = self._changed.wait_for(find, timeout_s)
            if found is None:
                raise TimeoutError(f"no such request within {timeout_s} s; {self.tell()}")
            return found

    def tell(self) -> str:
        """List all that came, a line each."""
        lines = [json.dumps(one.brief(), ensure_ascii=False) for one in self.requests]
        return "\n".join([f"{len(lines)} requests:", *lines])
