"""The shapes of the audit log: its entries, and whether its chain holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditShape:
    """A command that was asked for: who, what, when, and what became of it.

    `outcome` is "ok" or the name of the error. Secrets are left out of `params`, long texts are
    cut. `hash` is over everything else in the entry, `prev` is that of the entry before.
    """

    seq: int
    at: float
    actor: str
    pid: int
    method: str
    params: dict[str, object]
    outcome: str
    prev: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNews:
    """One entry of a subscription."""

    subscription: str
    entry: AuditShape


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedShape:
    """A walk of the audit log: how many entries hold, and the first place that does not.

    `kind` says what was done there: unreadable, edited, deleted, reordered, replaced, truncated.
    `head` is the number and hash of the last good entry. `torn` are the files of half entries
    that crashes have left.
    """

    ok: bool
    entries: int
    head: str
    kind: str
    why: str
    file: str
    line: int
    seq: int | None
    torn: tuple[str, ...]
