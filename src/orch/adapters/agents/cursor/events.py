"""Signs in what `cursor-agent -p --output-format stream-json` is documented to print."""

from collections.abc import Iterator

from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.message_reader import MessageReader
from orch.core.signs import Sign, SignKind


class CursorReader(MessageReader):
    """Reads messages; tools are told by events of their own."""

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a message means."""
        if event.get("type") == "tool_call":
            yield from self._tool(event)
        else:
            yield from super().event(event)

    def _tool(self, event: dict[str, object]) -> Iterator[Sign]:
        ref, (name, call) = text_at(event, "call_id"), _call(event)
        if event.get("subtype") == "started":
            about = text_at(call, "args", "command") or text_at(call, "args", "path")
            yield self.sign(SignKind.TOOL_BEGAN, one_line(f"{name} {about}"), ref=ref)
        elif event.get("subtype") == "completed":
            failed = at(call, "result", "error") is not None
            yield self.sign(SignKind.TOOL_ENDED, name, ref=ref, ok=not failed)


def _call(event: object) -> tuple[str, object]:
    """Find the one tool call in an event; it stands under its own name."""
    found = at(event, "tool_call")
    name = next(iter(found), "") if isinstance(found, dict) else ""
    return name.removesuffix("ToolCall"), at(found, name)
