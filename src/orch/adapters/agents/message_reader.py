"""The reader of programs that print messages with content blocks, as Qwen Code and Cursor do."""

from collections.abc import Iterator
from dataclasses import replace

from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import JsonReader, one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind
from orch.core.usage import Usage


class MessageReader(JsonReader):
    """Reads `system`, `assistant`, `user` and `result`; the result is the last word."""

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a message means."""
        match event.get("type"):
            case "system":
                yield from self.known_by(text_at(event, "session_id"))
                self.usage = replace(self.usage, model=text_at(event, "model") or self.usage.model)
                yield self.turn()
            case "assistant":
                yield from self._assistant(event)
            case "user":
                yield from self._results(event)
            case "result":
                yield from self._result(event)
            case _:
                return

    def _assistant(self, event: dict[str, object]) -> Iterator[Sign]:
        for block in blocks(event):
            match at(block, "type"):
                case "text":
                    yield self.sign(SignKind.SAID, text_at(block, "text"))
                case "tool_use":
                    about = one_line(f"{text_at(block, 'name')} {about_input(block)}")
                    yield self.sign(SignKind.TOOL_BEGAN, about, ref=text_at(block, "id"))
                case _:
                    yield self.turn()
        if found := usage_of(event, at(event, "message", "usage"), model=self.usage.model):
            yield self.spent(self.usage.plus(found))

    def _results(self, event: dict[str, object]) -> Iterator[Sign]:
        for block in blocks(event):
            if at(block, "type") == "tool_result":
                ok = at(block, "is_error") is not True
                ref = text_at(block, "tool_use_id")
                yield self.sign(SignKind.TOOL_ENDED, ref=ref, ok=ok)

    def _result(self, event: dict[str, object]) -> Iterator[Sign]:
        found = usage_of(event, event.get("usage"), model=self.usage.model)
        yield self.spent(found or replace(self.usage, measured=bool(self.usage.tokens)))
        self.begun = False
        text = text_at(event, "result")
        error = self.failure(event, text)
        yield self.sign(SignKind.TURN_ENDED, ok=error is None)
        if error is None:
            yield self.sign(SignKind.FINISHED, text)
            return
        trouble = trouble_of(error)
        kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
        yield replace(self.sign(kind, one_line(error), ok=False), trouble=trouble)

    def failure(self, event: dict[str, object], text: str) -> str | None:
        """Find the words of a result that is none of success."""
        if event.get("is_error") is True or event.get("subtype") != "success":
            return text_at(event, "error", "message") or text or "it failed without a word"
        return None


def blocks(event: object) -> list[object]:
    """List the content blocks of a message."""
    found = at(event, "message", "content")
    return found if isinstance(found, list) else []


def about_input(block: object) -> str:
    """Find what tells most of a tool's input."""
    for name in ("command", "file_path", "path", "pattern", "query", "url"):
        if found := text_at(block, "input", name):
            return found
    return ""


def usage_of(event: object, usage: object, *, model: str) -> Usage | None:
    """Read totals; None where nothing was counted."""
    found = Usage(
        input_tokens=number_at(usage, "input_tokens"),
        cached_tokens=number_at(usage, "cache_read_input_tokens"),
        output_tokens=number_at(usage, "output_tokens"),
        turns=number_at(event, "num_turns") or 1,
        model=model,
    )
    return found if found.tokens else None
