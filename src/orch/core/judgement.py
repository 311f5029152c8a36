"""A judgement: what a judge said of one exact commit, and what it is bound to."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Ruling(StrEnum):
    """What a judge can say. `UNCLEAR` also stands for one that said nothing that can be read."""

    APPROVE = "approve"
    REJECT = "reject"
    UNCLEAR = "unclear"


class Gravity(StrEnum):
    """How much a remark weighs: an `ERROR` has to be mended before the change may land."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that a judge found. It is text of a stranger's: shown and told, never obeyed.

    `path` is "" for what concerns no single file, `line` None for what concerns no single line.
    """

    text: str
    path: str = ""
    line: int | None = None
    gravity: Gravity = Gravity.WARNING

    @property
    def place(self) -> str:
        """Say where it is, as compilers do."""
        return f"{self.path}:{self.line}" if self.path and self.line else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a judgement holds for: this commit, this order, this scope, and nothing else."""

    head: str
    order: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a judge said of a task's work, and when (epoch seconds).

    `agent` names the profile that judged, `session` the session it did so in. `summary` is its
    own words, or why there is no ruling. `held` counts how often in a row a limit kept it from one.
    """

    ruling: Ruling
    bound: Binding
    summary: str = ""
    remarks: tuple[Remark, ...] = ()
    agent: str = ""
    session: str = ""
    at: float = 0.0
    held: int = 0

    def holds_for(self, bound: Binding) -> bool:
        """Tell whether it decides on this: `UNCLEAR` never does, so that it is asked again."""
        return self.ruling is not Ruling.UNCLEAR and self.bound == bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of its provider that kept a judge from its word; `until` when, if that is known.

    `resumes` says that it is then asked again without anybody's doing.
    """

    until: float | None = None
    resumes: bool = False


def digest(*parts: str) -> str:
    """Hash what a judgement is bound to, so that it is known when that changes."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
