"""Signs in what `opencode run --format json` prints."""

from collections.abc import Iterator

from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import JsonReader, one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.core.usage import Usage


class RunReader(JsonReader):
    """Reads the events of one run: steps with their text, tools and costs, and errors."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read."""
        super().__init__(model=model)
        self._said = ""

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what an event means."""
        yield from self.known_by(text_at(event, "sessionID"))
        part = at(event, "part")
        match event.get("type"):
            case "step_start":
                yield self.turn()
            case "text":
                self._said = text_at(part, "text")
                yield self.sign(SignKind.SAID, self._said)
            case "tool_use":
                yield from self._tool(part)
            case "step_finish":
                yield from self._finish(part)
            case "error":
                yield failure(at(event, "error"), at_s=self.at, source=Source.PROTOCOL)
            case _:
                return

    def _tool(self, part: object) -> Iterator[Sign]:
        # A tool is told once it has ended.
        ref, name = text_at(part, "callID"), text_at(part, "tool")
        title = text_at(part, "state", "title")
        ok = text_at(part, "state", "status") != "error"
        yield self.sign(SignKind.TOOL_BEGAN, one_line(f"{name} {title}"), ref=ref)
        yield self.sign(SignKind.TOOL_ENDED, name, ref=ref, ok=ok)

    def _finish(self, part: object) -> Iterator[Sign]:
        yield self.spent(self.usage.plus(usage_of(part)))
        reason = text_at(part, "reason")
        if reason == "tool-calls":
            return
        self.begun = False
        ok = reason == "stop"
        text = self._said if ok else f"the model stopped with {reason or 'no reason'}"
        yield self.sign(SignKind.TURN_ENDED, ok=ok)
        yield self.sign(SignKind.FINISHED, text, ok=ok)


def usage_of(part: object) -> Usage:
    """Read what one step has used up; OpenCode says 0 where it knows no price."""
    cached = number_at(part, "tokens", "cache", "read") + number_at(
        part, "tokens", "cache", "write"
    )
    cost = at(part, "cost")
    return Usage(
        input_tokens=number_at(part, "tokens", "input") + cached,
        cached_tokens=number_at(part, "tokens", "cache", "read"),
        output_tokens=number_at(part, "tokens", "output") + number_at(part, "tokens", "reasoning"),
        cost=float(cost) if isinstance(cost, int | float) and cost else None,
        turns=1,
    )


def failure(error: object, *, at_s: float, source: Source) -> Sign:
    """Read an error that ended a run, or a turn."""
    name, message = text_at(error, "name"), text_at(error, "data", "message")
    status = number_at(error, "data", "statusCode")
    trouble = _named(name) or trouble_of(message, status=status)
    return Sign(
        kind=SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE,
        source=source,
        at=at_s,
        text=one_line(message or name) or "it failed without a word",
        trouble=trouble,
        until=_until(error, at_s=at_s) if limits(trouble) else None,
        ok=False,
    )


def _named(name: str) -> Trouble | None:
    match name:
        case "ProviderAuthError":
            return Trouble.SIGNED_OUT
        case "ProviderModelNotFoundError":
            return Trouble.NO_SUCH_MODEL
        case "ContextOverflowError" | "MessageOutputLengthError":
            return Trouble.CONTEXT_FULL
        case _:
            return None


def _until(error: object, *, at_s: float) -> float | None:
    headers = at(error, "data", "responseHeaders")
    wait = text_at(headers, "retry-after")
    return at_s + float(wait) if wait.isdecimal() else None
