"""The four kinds of message that JSON-RPC 2.0 knows, as values; `codec` reads and writes them."""

from dataclasses import dataclass, field

from orch.wire.codes import WireError

RequestId = int | str | None
"""What pairs a response with its request; None where the request could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call. Without an `id` (a notification) nobody waits for the answer."""

    method: str
    params: dict[str, object] = field(default_factory=dict)
    id: RequestId = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to a call that worked; `value` is any of the shapes."""

    id: RequestId
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The answer to a call that did not."""

    id: RequestId
    error: WireError


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """News of a subscription, sent without being asked again."""

    method: str
    params: object
