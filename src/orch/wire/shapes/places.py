"""The shapes of what is on a host: workspaces, sessions, logs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceShape:
    """Where a task's workspace is, and the environment that its commands get."""

    task: str
    path: str
    branch: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalShape:
    """Something that `orch gc` removed or would remove.

    `saved` are the refs under which what was in danger is kept; `refused` says why it stays.
    """

    what: str
    path: str
    task: str | None
    size_bytes: int
    why: str
    saved: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Saved work that was brought back: as a branch of orch's repository, or as files.

    `export` is the command that fetches the branch; `paths` are the files in the workspace.
    """

    ref: str
    branch: str
    export: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDetail:
    """Saved work in full: what it is, and its files with their changes."""

    ref: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShape:
    """A session that the session server knows; `liveness` is alive, gone or unknown.

    `how` says how that is known; `bytes` is how much the session has printed.
    """

    name: str
    task: str
    attempt: int
    liveness: str
    how: str
    pid: int | None
    started_at: float | None
    ended_at: float | None
    exit_code: int | None
    exit_signal: int | None
    leftovers: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChunk:
    """A piece of a log. `data` is base64 and begins at `offset`; the next piece at `next`.

    `first` is the oldest byte that is still kept, `end` the number of bytes so far. `open` says
    that more may come: the session lives, or the gate runs.
    """

    source: str
    offset: int
    next: int
    first: int
    end: int
    data: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNews:
    """A piece of a log that is followed."""

    subscription: str
    chunk: LogChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShape:
    """A whole line of a log without control sequences; `source` is the session or the gate's log.

    `worker` is who printed it, where several are shown at once (`stream` without a task).
    """

    source: str
    worker: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenShape:
    """What a viewer of a session's terminal would see now, as plain text."""

    session: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketShape:
    """Where to attach: the session server's socket, and the session's name there.

    Where it runs in tmux, `terminal` is the command that speaks with that server, and its pane.
    """

    socket: str
    session: str
    task: str
    worker: str
    title: str
    live: bool
    terminal: tuple[str, ...]
