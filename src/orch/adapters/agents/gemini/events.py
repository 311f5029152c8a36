"""Signs in what `gemini -o stream-json` prints."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import JsonReader, TextLines, one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.core.usage import Usage
from orch.ports.session_host import Direction, Stretch

_AGAIN: Final = re.compile(
    r"^Attempt \d+ failed(?: with status (?P<status>\d+))?[:.]\s*(?P<why>.*)"
)
_DELAY: Final = re.compile(r"Retrying after (?P<ms>\d+)ms")
_STOPPED: Final = re.compile(r"Loop detected|Maximum session turns")
"""Warnings with which a run stops in the middle, though its result says "success"."""

_CODE: Final = re.compile(r'"code":\s*(\d{3})|status:? (\d{3})')


class Retries:
    """Reads what Gemini writes to its error pipe while it tries again, and nowhere else."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._errors = TextLines()
        self._why: Trouble | None = None
        self._words = ""

    def read(self, data: bytes, *, at: float) -> list[Sign]:
        """Tell of each try that follows a refusal."""
        return [sign for line in self._errors.feed(data) for sign in self._retry(line, at)]

    def _retry(self, line: str, at: float) -> Iterator[Sign]:
        if found := _AGAIN.match(line):
            self._why = trouble_of(found["why"], status=int(found["status"] or 0))
            self._words = worded(found["why"])
            if found["status"]:
                yield self._retrying(at, None)
        if (wait := _DELAY.search(line)) and self._words:
            yield self._retrying(at, int(wait["ms"]) / 1000)

    def _retrying(self, at: float, wait_s: float | None) -> Sign:
        return Sign(
            kind=SignKind.RETRYING,
            source=Source.PROTOCOL,
            at=at,
            text=self._words,
            trouble=self._why,
            until=None if wait_s is None else at + wait_s,
        )


class StreamReader(JsonReader):
    """Reads one run: messages in pieces, tools, and the result with its totals."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read."""
        super().__init__(model=model)
        self._said = ""
        self._last = ""
        self._stopped = ""
        self._retries = Retries()

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read the events, and the retries that are told on the error pipe alone."""
        if stretch.direction is not Direction.ERR:
            return super().read(stretch, at=at)
        return self._retries.read(stretch.data, at=at)

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what an event means."""
        kind = event.get("type")
        if kind != "message" or event.get("role") != "assistant":
            yield from self._speak()
        match kind:
            case "init":
                self.usage = replace(self.usage, model=text_at(event, "model") or self.usage.model)
                yield from self.known_by(text_at(event, "session_id"))
                yield self.turn()
            case "message" if event.get("role") == "assistant":
                if not self._said:
                    yield self.turn()
                self._said += text_at(event, "content")
            case "tool_use":
                about = one_line(f"{text_at(event, 'tool_name')} {_about(event)}")
                yield self.sign(SignKind.TOOL_BEGAN, about, ref=text_at(event, "tool_id"))
            case "tool_result":
                ok = event.get("status") == "success"
                yield self.sign(SignKind.TOOL_ENDED, ref=text_at(event, "tool_id"), ok=ok)
            case "error" if _STOPPED.match(text_at(event, "message")):
                self._stopped = text_at(event, "message")
            case "result":
                yield from self._result(event)
            case _:
                return

    def _speak(self) -> Iterator[Sign]:
        """Tell what was said, once it is whole."""
        if said := self._said.strip():
            self._last = said
            yield self.sign(SignKind.SAID, said)
        self._said = ""

    def _result(self, event: dict[str, object]) -> Iterator[Sign]:
        yield self.spent(usage_of(event, model=self.usage.model))
        self.begun = False
        if event.get("status") == "success" and self._stopped:
            yield self.sign(SignKind.TURN_ENDED, ok=False)
            told = self.sign(SignKind.TROUBLE, self._stopped, ok=False)
            yield replace(told, trouble=Trouble.OTHER)
            return
        if event.get("status") == "success":
            yield self.sign(SignKind.TURN_ENDED)
            yield self.sign(SignKind.FINISHED, self._last)
            return
        yield self.sign(SignKind.TURN_ENDED, ok=False)
        error = at(event, "error")
        trouble = trouble_of_message(text_at(error, "message"), kind=text_at(error, "type"))
        words = worded(text_at(error, "message"))
        kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
        yield replace(self.sign(kind, words, ok=False), trouble=trouble)


def usage_of(event: object, *, model: str) -> Usage:
    """Read a result's totals; Gemini tells no cost."""
    stats = at(event, "stats")
    return Usage(
        input_tokens=number_at(stats, "input_tokens"),
        cached_tokens=number_at(stats, "cached"),
        output_tokens=number_at(stats, "output_tokens"),
        turns=1,
        model=model,
    )


def trouble_of_message(message: str, *, kind: str = "") -> Trouble:
    """Tell the trouble of an error message, by the status code in it where there is one."""
    if kind == "FatalAuthenticationError":
        return Trouble.SIGNED_OUT
    found = _CODE.search(message)
    status = int(found[1] or found[2]) if found else 0
    return trouble_of(message, status=status)


def worded(message: str) -> str:
    """Take the words out of an error message that is partly JSON."""
    inner = re.search(r'"message":\s*"((?:[^"\\]|\\.)*)"', message)
    text = inner[1] if inner else re.sub(r"^\[API Error: (.*)\]$", r"\1", message.strip())
    return one_line(text)[:500] or "it failed without a word"


def _about(event: object) -> str:
    for name in ("command", "file_path", "path", "pattern", "query", "url"):
        if found := text_at(event, "parameters", name):
            return found
    return ""
