"""Signs in what `kimi -p --output-format stream-json` prints."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import JsonReader, TextLines, one_line
from orch.adapters.agents.lines import number_at, text_at
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.session_host import Direction, Stretch

_FAILED: Final = re.compile(r"^error: failed to run prompt: (?:(?P<code>[\w.]+): )?(?P<words>.*)")
_LOGGED: Final = re.compile(r"^See log: ")
_STATUS: Final = re.compile(r"^(\d{3})\b")
_CODES: Final = {
    "provider.auth_error": Trouble.SIGNED_OUT,
    "auth.login_required": Trouble.SIGNED_OUT,
    "provider.rate_limit": Trouble.RATE_LIMIT,
    "provider.quota_exhausted": Trouble.USAGE_LIMIT,
    "provider.context_overflow": Trouble.CONTEXT_FULL,
    "config.model_not_found": Trouble.NO_SUCH_MODEL,
}

LAST: Final = "last"
"""The conversation's name until its id is known, which Kimi tells at the very end only."""


class KimiReader(JsonReader):
    """Reads messages; the hint how to resume comes last, and only after success."""

    def __init__(self, *, model: str = "") -> None:
        """Begin with nothing read."""
        super().__init__(model=model)
        self._said = ""
        self._errors = TextLines()
        self._failure: Sign | None = None

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read the messages, and why a run failed: that is told on the error pipe alone."""
        if stretch.direction is not Direction.ERR:
            return super().read(stretch, at=at)
        self.at = at
        return [sign for line in self._errors.feed(stretch.data) for sign in self._error(line)]

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a message means."""
        match event.get("role"):
            case "assistant":
                yield from self._assistant(event)
            case "tool":
                yield self.sign(SignKind.TOOL_ENDED, ref=text_at(event, "tool_call_id"))
            case "meta":
                yield from self._meta(event)
            case _:
                return

    def _assistant(self, event: dict[str, object]) -> Iterator[Sign]:
        if not self.conversation:
            yield from self.known_by(LAST)
        yield self.turn()
        if said := text_at(event, "content").strip():
            self._said = said
            yield self.sign(SignKind.SAID, said)
        calls = event.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            name, given = text_at(call, "function", "name"), text_at(call, "function", "arguments")
            about = one_line(f"{name} {given}")[:300]
            yield self.sign(SignKind.TOOL_BEGAN, about, ref=text_at(call, "id"))

    def _meta(self, event: dict[str, object]) -> Iterator[Sign]:
        match event.get("type"):
            case "system.version":
                # Nothing that it prints says what it has used up.
                yield self.spent(replace(self.usage, measured=False))
                yield self.turn()
            case "turn.step.retrying":
                yield self._retrying(event)
            case "session.resume_hint":
                yield from self.known_by(text_at(event, "session_id"))
                self.begun = False
                yield self.sign(SignKind.TURN_ENDED)
                yield self.sign(SignKind.FINISHED, self._said)
            case _:
                return

    def _retrying(self, event: object) -> Sign:
        words, status = text_at(event, "error_message"), number_at(event, "status_code")
        trouble = trouble_of(words, status=status)
        until = self.at + number_at(event, "delay_ms") / 1000
        sign = self.sign(SignKind.RETRYING, one_line(words))
        return replace(sign, trouble=trouble, until=until)

    def _error(self, line: str) -> Iterator[Sign]:
        # Tools print to the same pipe: it is Kimi's own word only with its log named after it.
        if self._failure is not None and _LOGGED.match(line):
            yield self.sign(SignKind.TURN_ENDED, ok=False)
            yield self._failure
        found = _FAILED.match(line)
        self._failure = None
        if found:
            status = _STATUS.match(found["words"])
            trouble = _CODES.get(found["code"] or "") or trouble_of(
                found["words"], status=int(status[1]) if status else 0
            )
            kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
            words = one_line(found["words"])
            self._failure = replace(self.sign(kind, words, ok=False), trouble=trouble)
