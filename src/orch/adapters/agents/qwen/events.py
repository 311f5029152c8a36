"""Signs in what `qwen -o stream-json` prints."""

import re
from collections.abc import Iterator
from typing import Final

from orch.adapters.agents.gemini.events import worded
from orch.adapters.agents.lines import number_at
from orch.adapters.agents.message_reader import MessageReader
from orch.core.signs import Sign

_API_ERROR: Final = re.compile(r"(\[API Error: .*\])(\s.*)?", re.DOTALL)
"""The error, and advice that may follow it."""


class QwenReader(MessageReader):
    """Reads messages; an error of the provider comes as words of the assistant, and as success."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read."""
        super().__init__(model=model)
        self._counted = True

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Note whether a model was behind the last words: what it says is counted."""
        if event.get("type") == "assistant":
            self._counted = number_at(event, "message", "usage", "input_tokens") > 0
        yield from super().event(event)

    def failure(self, event: dict[str, object], text: str) -> str | None:
        """Find an error that Qwen itself put into the assistant's mouth."""
        if not self._counted and (found := _API_ERROR.fullmatch(text)):
            return worded(found[1])
        return super().failure(event, text)
