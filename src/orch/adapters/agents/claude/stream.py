"""The reader of Claude Code without a screen: its stream of JSON, and what was written to it."""

# Size: one reader of one stream; what it has seen decides what the next line means.

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.claude import wire
from orch.adapters.agents.claude.errors import (
    is_refusal,
    is_usage_limit,
    limit_signs,
    resets_at,
    retry_sign,
    trouble_in,
)
from orch.adapters.agents.claude.requests import Request, read_request, tool_line
from orch.adapters.agents.claude.spending import Spending
from orch.adapters.agents.claude.under_way import UnderWay
from orch.adapters.agents.json_reader import one_line
from orch.adapters.agents.lines import at, number_at, text_at
from orch.adapters.agents.rpc import RpcReader
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.ports.agent import Keystroke, LaunchOrder, Writing
from orch.ports.session_host import Direction, EndOfInput, Stretch

PROMPT: Final = "prompt"
"""The id of the reply, and of the message, that the task is told by."""

_TAKES_S: Final = 900.0
"""It may take so long until a message that came within a turn is taken up; four times, at most."""

INTERRUPTED: Final = "interrupted"
"""What the end of a turn says that was broken off."""


class StreamReader(RpcReader):
    """Follows turns, tools, sub-agents and open requests; no I/O, both directions are read.

    A turn's end is its last word only if nothing that it waits for is still under way: a
    sub-agent in the background wakes it up again, as does a message that it has not taken yet.
    """

    speaks = True

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing read, and the prompt to be written."""
        super().__init__(model=order.profile.model)
        self._order = order
        self._spending = Spending(model=order.profile.model)
        self._open: dict[str, Request] = {}
        self._under_way = UnderWay()
        self._leaving: list[Sign] = []
        self._sent: dict[str, str] = {}
        self._waiting: set[str] = set()
        self._in_turn = False
        self._interrupts = 0
        self._interrupted = False
        self._error = ("", "")
        self._limited_until: float | None = None
        self._complaint = b""
        self._replies[wire.INITIALIZE] = wire.line(wire.initialize())
        # Named by the attempt: one that resumes a conversation must not be taken for the last one.
        named = wire.stable_id(f"prompt/{wire.attempt_name(order)}/{order.prompt}")
        said = wire.said(order.prompt, ref=PROMPT, message_id=named)
        self._replies[PROMPT] = wire.line(said)

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read what came out of the program, or was written to it."""
        self.at = at
        if stretch.direction is Direction.ERR:
            self._complaint = (self._complaint + stretch.data)[-4096:]
            return list(self._complained())
        return super().read(stretch, at=at)

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a line of the stream means."""
        match event.get("type"):
            case "system":
                yield from self._system(event)
            case "assistant":
                yield from self._assistant(event)
            case "user":
                yield from self._user(event)
            case "result":
                yield from self._result(event)
            case "control_request":
                yield from self._asked(event)
            case "control_cancel_request":
                yield from self._settled(text_at(event, "request_id"))
            case "rate_limit_event":
                for limit in limit_signs(at(event, "rate_limit_info"), now=self.at):
                    self._limited_until = limit.until
                    yield limit
            case "stream_event" | "tool_progress":
                yield self.sign(SignKind.PROGRESS)
            case _:
                pass

    # What was written to it -----------------------------------------------------------------

    def sent(self, message: Mapping[str, object]) -> Iterator[Sign]:
        """Note messages that it has not taken up yet, answers to its requests, interrupts."""
        match message.get("type"):
            case "user" if ref := text_at(message, "orch_ref"):
                self._sent[text_at(message, "uuid")] = ref
                self._waiting.add(ref)
            case "control_response":
                yield from self._settled(text_at(message, "response", "request_id"))
            case "control_request" if text_at(message, "request", "subtype") == "interrupt":
                self._interrupts += 1
                self._interrupted = self._in_turn

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Say it; in the midst of a turn the program takes it up after the tool that runs.

        It repeats what it has taken up. What it had not when it was killed is said again.
        """
        return replace(
            _written(wire.said(text, ref=ref)),
            confirms=frozenset({SignKind.ACCEPTED}),
            patience_s=_TAKES_S,
        )

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer a request, if it is still open and has this choice."""
        request = self._open.get(ref)
        response = request.response(choice, text) if request else None
        return None if response is None else _written(wire.answered(ref, response))

    def interrupt(self) -> Writing | None:
        """Break off the turn that runs."""
        if not self._in_turn:
            return None
        return _written(wire.interrupt(f"interrupt-{self._interrupts + 1}"))

    def close(self) -> Writing | None:
        """End its input: it ends the turn that runs, and exits."""
        return Writing(strokes=(Keystroke(EndOfInput()),))

    # What it says ---------------------------------------------------------------------------

    def _system(self, event: Mapping[str, object]) -> Iterator[Sign]:
        match event.get("subtype"):
            case "init":
                yield from self.known_by(text_at(event, "session_id"))
                yield from self._turn()
            case "api_retry":
                yield retry_sign(event, now=self.at)
            case "task_started":
                yield from self._task_began(event)
            case "task_notification":
                yield from self._task_ended(event)
            case _:
                yield self.sign(SignKind.PROGRESS)

    def _turn(self) -> Iterator[Sign]:
        if not self._in_turn:
            self._in_turn = True
            self._interrupted = False
            self._error = ("", "")
            yield self.sign(SignKind.TURN_BEGAN)
            yield from self._leaving
            self._leaving.clear()

    def _assistant(self, event: Mapping[str, object]) -> Iterator[Sign]:
        parent = text_at(event, "parent_tool_use_id")
        if not parent:
            yield from self._turn()
        message = at(event, "message")
        if text_at(message, "model") == "<synthetic>":
            self._error = (text_at(event, "error"), _text_of(message))
        for piece in [] if text_at(event, "error") else _pieces(message):
            yield from self._piece(piece, parent)
        if self._spending.message(message):
            yield self.spent(self._spending.total)

    def _piece(self, piece: object, parent: str) -> Iterator[Sign]:
        match text_at(piece, "type"):
            case "text" if not parent:
                yield self.sign(SignKind.SAID, text_at(piece, "text").strip())
            case "tool_use":
                ref, name = text_at(piece, "id"), text_at(piece, "name")
                self._under_way.begin(ref, parent=parent)
                yield self.sign(SignKind.TOOL_BEGAN, tool_line(name, at(piece, "input")), ref=ref)
            case _:
                yield self.sign(SignKind.PROGRESS)

    def _user(self, event: Mapping[str, object]) -> Iterator[Sign]:
        if event.get("isReplay") is True:
            yield from self._turn()
            yield from self._accepted(text_at(event, "uuid"))
            return
        for piece in _pieces(at(event, "message")):
            ref = text_at(piece, "tool_use_id")
            if self._under_way.end(ref):
                yield self._tool_ended(ref, ok=at(piece, "is_error") is not True)
            if task := self._under_way.runs_on(ref):
                yield self.sign(SignKind.WORKER_BEGAN, "a command in the background", ref=task)

    def _accepted(self, uuid: str) -> Iterator[Sign]:
        ref = self._sent.get(uuid, "")
        if ref in self._waiting:
            self._waiting.discard(ref)
            yield self.sign(SignKind.ACCEPTED, ref=ref)

    def _tool_ended(self, ref: str, *, ok: bool = True) -> Sign:
        return self.sign(SignKind.TOOL_ENDED, ref=ref, ok=ok)

    def _task_began(self, event: Mapping[str, object]) -> Iterator[Sign]:
        kind = SignKind.PROGRESS
        if self._under_way.task_began(event):
            kind = SignKind.WORKER_BEGAN
        yield self.sign(kind, text_at(event, "description"), ref=text_at(event, "task_id"))

    def _task_ended(self, event: Mapping[str, object]) -> Iterator[Sign]:
        """Tell a worker's end; after the turn's end only when the turn has begun that it causes.

        In between nothing would be under way, and the agent would seem to have stopped.
        """
        ref, ok = text_at(event, "task_id"), text_at(event, "status") == "completed"
        call = self._under_way.task_ended(ref)
        if call is None:
            yield self.sign(SignKind.PROGRESS)
            return
        for tool in self._under_way.rest(parent=call):
            yield self._tool_ended(tool, ok=False)
        ended = self.sign(SignKind.WORKER_ENDED, text_at(event, "summary"), ref=ref, ok=ok)
        if self._in_turn:
            yield ended
        else:
            self._leaving.append(ended)

    def _asked(self, event: Mapping[str, object]) -> Iterator[Sign]:
        ref = text_at(event, "request_id")
        request = read_request(ref, at(event, "request"))
        if request is None:
            kind = text_at(event, "request", "subtype")
            self._replies.setdefault(f"refused/{ref}", wire.line(wire.refused(ref, kind)))
        elif ref not in self._open:
            self._open[ref] = request
            yield request.sign(now=self.at, source=Source.PROTOCOL)

    def _settled(self, ref: str) -> Iterator[Sign]:
        if self._open.pop(ref, None):
            yield self.sign(SignKind.SETTLED, ref=ref)

    def _result(self, event: Mapping[str, object]) -> Iterator[Sign]:
        for ref in [*self._open]:
            yield from self._settled(ref)
        for ref in self._under_way.rest():
            yield self._tool_ended(ref, ok=False)
        self._spending.result(event)
        yield self.spent(self._spending.total)
        self._in_turn = False
        failed = at(event, "is_error") is not False
        broken = failed and (self._interrupted or "aborted" in text_at(event, "terminal_reason"))
        text = text_at(event, "result").strip()
        yield self.sign(SignKind.TURN_ENDED, INTERRUPTED if broken else text, ok=not failed)
        if failed and not broken:
            yield self._failed(event)
        elif not failed and self._is_last(event):
            yield self.sign(SignKind.FINISHED, text)
        self._interrupted = False
        if not self._waiting:
            yield self.sign(SignKind.READY)

    def _is_last(self, event: Mapping[str, object]) -> bool:
        """Tell whether a good end of a turn is its last word, for all that was said to it."""
        if not number_at(event, "num_turns"):
            # A command of the program itself: it is told without being taken up.
            self._waiting.clear()
            return False
        return not (self._under_way.workers or self._leaving or self._waiting)

    def _failed(self, event: Mapping[str, object]) -> Sign:
        """Read the error that ended a turn: by its status and name, never by `subtype`."""
        kind, said = self._error
        errors = at(event, "errors")
        told = [str(one) for one in errors] if isinstance(errors, list) else []
        text = one_line(text_at(event, "result") or said or "; ".join(told) or "it failed")
        trouble = trouble_in(text, kind=kind, status=number_at(event, "api_error_status"))
        self._waiting.clear()
        if trouble is Trouble.USAGE_LIMIT or is_usage_limit(text):
            until = resets_at(text, now=self.at) or self._limited_until
            return self.fault(SignKind.LIMITED, text, trouble=trouble, until=until)
        return self.fault(SignKind.TROUBLE, text, trouble=trouble)

    def _complained(self) -> Iterator[Sign]:
        """Read the few words that it says on its error pipe when it can't begin at all."""
        *lines, rest = self._complaint.split(b"\n")
        self._complaint = rest
        for line in [] if self.conversation else lines:
            text = one_line(line.decode(errors="replace"))
            if is_refusal(text):
                yield self.fault(SignKind.TROUBLE, text, trouble=trouble_in(text))


def _written(message: Mapping[str, object]) -> Writing:
    """Write a line: the pipe keeps it, so the host's own delivery is proof enough."""
    return Writing(strokes=(Keystroke(wire.line(message)),))


def _pieces(message: object) -> list[object]:
    content = at(message, "content")
    return content if isinstance(content, list) else []


def _text_of(message: object) -> str:
    return " ".join(text_at(piece, "text") for piece in _pieces(message)).strip()
