"""The shapes of judgements: what a judge said of a task's commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkShape:
    """One thing that a judge found; `severity` is "error", "warning" or "note"."""

    path: str
    line: int | None
    severity: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementShape:
    """What a judge said: "approve", "reject" or "unclear", of which commit, in which session.

    `counts` is false where it says nothing of the task as it is now: another commit, another
    prompt or another scope.
    """

    verdict: str
    summary: str
    findings: tuple[RemarkShape, ...]
    head: str
    agent: str
    session: str
    at: float
    counts: bool
