"""Signs: what a session shows of itself, translated from its bytes, hooks and screen."""

from dataclasses import dataclass
from enum import StrEnum

from orch.core.usage import Usage


class Source(StrEnum):
    """Where a sign was seen, the most trustworthy first; silence is no sign but its absence."""

    PROTOCOL = "protocol"
    HOOK = "hook"
    TITLE = "title"
    SCREEN = "screen"


class SignKind(StrEnum):
    """What a session can show.

    `ACCEPTED`: it took a message (`ref` is its id where the protocol has one). `TOOL_*`: a
    command or tool call, `WORKER_*`: a sub-agent, each told apart by `ref`. `PROGRESS`: it did
    something that is none of the others. `ASKED` and `WANTS_PERMISSION` stay open until `SETTLED`
    with the same `ref`. `RETRYING`: its provider failed and it tries again by itself; `LIMITED`:
    it may not go on before `until`; `TROUBLE`: it gave up on an error. `READY`: it waits for
    input. `BUSY`: it works, told by a source that can't tell turns. `DIALOG`: a dialog of the
    program itself holds it (`ref` names it, `keys` answer it where that is known to be safe).
    `FINISHED`: its own last word, `ok` if it was one of success.
    """

    READY = "ready"
    BUSY = "busy"
    ACCEPTED = "accepted"
    TURN_BEGAN = "turn_began"
    TURN_ENDED = "turn_ended"
    TOOL_BEGAN = "tool_began"
    TOOL_ENDED = "tool_ended"
    WORKER_BEGAN = "worker_began"
    WORKER_ENDED = "worker_ended"
    PROGRESS = "progress"
    SAID = "said"
    ASKED = "asked"
    WANTS_PERMISSION = "wants_permission"
    SETTLED = "settled"
    DIALOG = "dialog"
    RETRYING = "retrying"
    LIMITED = "limited"
    TROUBLE = "trouble"
    CONVERSATION = "conversation"
    SPENT = "spent"
    FINISHED = "finished"


class Trouble(StrEnum):
    """What kind of error an agent met, read from structured events and its own messages.

    `CAP` is the one that is the person's own: what may be spent is spent.
    """

    RATE_LIMIT = "rate_limit"
    USAGE_LIMIT = "usage_limit"
    SIGNED_OUT = "signed_out"
    OVERLOADED = "overloaded"
    NO_SUCH_MODEL = "no_such_model"
    CONTEXT_FULL = "context_full"
    SERVER = "server"
    NETWORK = "network"
    REFUSED = "refused"
    CAP = "cap"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer: `id` goes back to the agent, `label` is what people read.

    `grants` tells whether it lets the agent do what it asked for (None: not a permission).
    """

    id: str
    label: str
    grants: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One thing a session showed, when (epoch seconds), and where it was seen.

    `text` is the agent's own words or the evidence, one line where possible. `until` is when a
    limit ends or a retry comes. `usage` holds totals of the session, not what was added.
    """

    kind: SignKind
    source: Source
    at: float
    text: str = ""
    ref: str = ""
    choices: tuple[Choice, ...] = ()
    trouble: Trouble | None = None
    until: float | None = None
    usage: Usage | None = None
    keys: bytes = b""
    ok: bool = True
