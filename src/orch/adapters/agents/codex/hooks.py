"""What the hooks of Codex tell; those of its own side conversations are passed over."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.lines import text_at
from orch.core.signs import Sign, SignKind, Source
from orch.ports.agent import HookRecord

_LINE_LIMIT: Final = 300


class Hooks:
    """Follows one conversation: the one that was resumed, or the first that began."""

    def __init__(self, conversation: str | None) -> None:
        """Begin with nothing heard."""
        self.conversation = conversation or ""
        self.heard = False
        self.turn = ""
        self._known = False
        self._workers: set[str] = set()
        self._ended: set[tuple[str, str]] = set()
        self._told: dict[str, Callable[[HookRecord], Iterator[Sign]]] = {
            "UserPromptSubmit": self._submitted,
            "PreToolUse": self._tool_began,
            "PostToolUse": self._tool_ended,
            "PreCompact": self._progress,
            "PostCompact": self._progress,
            "Stop": self._stopped,
            "notify": self._notified,
        }

    def read(self, record: HookRecord) -> Iterator[Sign]:
        """Tell what a hook means."""
        if record.event in {"SubagentStart", "SubagentStop"}:
            yield from self._worker(record)
            return
        session = text_at(record.payload, "session_id") or text_at(record.payload, "thread-id")
        if record.event == "SessionStart" and not self.conversation:
            self.conversation = session
        if not session or session != self.conversation:
            return
        self.heard = self.heard or record.event != "notify"
        if not self._known:
            self._known = True
            yield _sign(SignKind.CONVERSATION, record, ref=session)
        if "agent_id" in record.payload:
            yield from self._progress(record)  # A sub-agent's own: its turns are not the session's.
        elif told := self._told.get(record.event):
            yield from told(record)

    def _submitted(self, record: HookRecord) -> Iterator[Sign]:
        self.turn = text_at(record.payload, "turn_id")
        prompt = one_line(text_at(record.payload, "prompt"))[:_LINE_LIMIT]
        yield _sign(SignKind.ACCEPTED, record, text=prompt)
        yield _sign(SignKind.TURN_BEGAN, record, ref=self.turn)

    def _tool_began(self, record: HookRecord) -> Iterator[Sign]:
        yield _sign(SignKind.TOOL_BEGAN, record, text=tool_words(record.payload), ref=_tool(record))

    def _tool_ended(self, record: HookRecord) -> Iterator[Sign]:
        yield _sign(SignKind.TOOL_ENDED, record, text=tool_words(record.payload), ref=_tool(record))

    def _progress(self, record: HookRecord) -> Iterator[Sign]:
        yield _sign(SignKind.PROGRESS, record)

    def _stopped(self, record: HookRecord) -> Iterator[Sign]:
        turn = text_at(record.payload, "turn_id")
        yield from self._over(record, turn, words=text_at(record.payload, "last_assistant_message"))

    def _notified(self, record: HookRecord) -> Iterator[Sign]:
        """Take the notice of a turn's end where no hook told it."""
        if text_at(record.payload, "type") == "agent-turn-complete":
            words = text_at(record.payload, "last-assistant-message")
            yield from self._over(record, text_at(record.payload, "turn-id"), words=words)

    def _over(self, record: HookRecord, turn: str, *, words: str) -> Iterator[Sign]:
        # A turn goes on after its end where a sub-agent comes back; its notice tells it twice.
        if (turn, words) in self._ended:
            return
        self._ended.add((turn, words))
        self.turn = ""
        if words:
            yield _sign(SignKind.SAID, record, text=words)
        yield _sign(SignKind.TURN_ENDED, record, text=words, ref=turn)

    def _worker(self, record: HookRecord) -> Iterator[Sign]:
        ref = text_at(record.payload, "agent_id") or text_at(record.payload, "session_id")
        began = record.event == "SubagentStart"
        if began == (ref in self._workers):
            return
        (self._workers.add if began else self._workers.discard)(ref)
        kind = SignKind.WORKER_BEGAN if began else SignKind.WORKER_ENDED
        yield _sign(kind, record, text=text_at(record.payload, "agent_type"), ref=ref)


def tool_words(payload: Mapping[str, object]) -> str:
    """Say in a line what a tool does: its command, or its name."""
    command = text_at(payload, "tool_input", "command")
    return one_line(command or text_at(payload, "tool_name"))[:_LINE_LIMIT]


def _tool(record: HookRecord) -> str:
    return text_at(record.payload, "tool_use_id")


def _sign(kind: SignKind, record: HookRecord, *, text: str = "", ref: str = "") -> Sign:
    return Sign(kind=kind, source=Source.HOOK, at=record.at, text=shortened(text), ref=ref)
