"""Signs in what `copilot --output-format json` prints."""

from collections.abc import Iterator
from dataclasses import replace

from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import JsonReader, one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind, Trouble


class CopilotReader(JsonReader):
    """Reads the events of one run; the result is the last word, errors come before it."""

    def __init__(self, *, model: str = "", named: str = "") -> None:
        """Begin with nothing read; the conversation was named at the start."""
        super().__init__(model=model)
        self._named = named
        self._said = ""
        self._failure: Sign | None = None

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what an event means."""
        data = at(event, "data")
        ref = text_at(data, "toolCallId")
        match event.get("type"):
            case "user.message":
                # Nothing that it prints says how many tokens it has used up.
                yield self.spent(replace(self.usage, measured=False))
                yield from self.known_by(self._named)
                yield self.sign(SignKind.ACCEPTED)
            case "assistant.turn_start" | "assistant.message_start" | "tool.shell_output":
                yield self.turn()
            case "assistant.message":
                if said := text_at(data, "content").strip():
                    self._said = said
                    yield self.sign(SignKind.SAID, said)
            case "tool.execution_start":
                about = one_line(f"{text_at(data, 'toolName')} {_about(data)}")
                yield self.sign(SignKind.TOOL_BEGAN, about, ref=ref)
            case "tool.execution_complete":
                yield self.sign(SignKind.TOOL_ENDED, ref=ref, ok=at(data, "success") is True)
            case "session.error":
                self._failure = self._failed(data)
            case "result":
                yield from self._result(event)
            case _:
                return

    def _result(self, event: dict[str, object]) -> Iterator[Sign]:
        yield from self.known_by(text_at(event, "sessionId"))
        self.begun = False
        ok = event.get("exitCode") == 0
        yield self.sign(SignKind.TURN_ENDED, ok=ok)
        if ok:
            yield self.sign(SignKind.FINISHED, self._said)
        else:
            yield self._failure or self.sign(SignKind.FINISHED, "it failed", ok=False)

    def _failed(self, data: object) -> Sign:
        words, status = text_at(data, "message"), number_at(data, "statusCode")
        trouble = trouble_of(words, status=status)
        if text_at(data, "errorType") == "quota":
            trouble = Trouble.USAGE_LIMIT
        kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
        return replace(self.sign(kind, one_line(words), ok=False), trouble=trouble)


def _about(data: object) -> str:
    for name in ("command", "path", "pattern", "query", "url"):
        if found := text_at(data, "arguments", name):
            return found
    return ""
