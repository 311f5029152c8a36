"""A project: a git repository under management."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A registered repository.

    `path` is where the person's repository is on host `host_id`; `hub` is orch's own bare
    repository beside it, where task branches, attempt heads and saved refs live. `remote` is
    the address that landings are pushed to, or None when `path` itself is the target.
    """

    id: str
    name: str
    path: str
    hub: str
    host_id: str
    added_at: float
    remote: str | None = None
    paused: bool = False
    version: int = 0
