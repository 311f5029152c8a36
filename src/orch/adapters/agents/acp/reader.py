"""Reads a session that speaks ACP, and says what the protocol wants written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from acp import schema

from orch.adapters.agents.acp import messages
from orch.adapters.agents.acp.dialect import Dialect, ErrorPipe
from orch.adapters.agents.acp.errors import error_trouble, error_words
from orch.adapters.agents.acp.opening import Opening
from orch.adapters.agents.acp.updates import Spending, Tools, chunk_text, plan_words, tool_words
from orch.adapters.agents.faults import limits
from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.rpc import Json, RpcReader, refusal, result, written
from orch.core.signs import Choice, Sign, SignKind, Trouble
from orch.ports.agent import Keystroke, LaunchOrder, Writing
from orch.ports.session_host import Direction, EndOfInput, Stretch

PROMPT: Final = "prompt"
"""The id of the first message; later ones are named by the messages themselves."""
_SAY: Final = "say:"
_STOPS: Final = {
    "refusal": (Trouble.REFUSED, "the model refused to go on"),
    "max_tokens": (Trouble.CONTEXT_FULL, "the model's answer was cut at its longest"),
    "max_turn_requests": (Trouble.OTHER, "the turn was cut after too many requests"),
    # Of ours: Kimi ends a turn like this whose model could not be reached.
    "silence": (Trouble.OTHER, "the turn ended without a word of the model"),
}
"""Ends of a turn that are no success, and no wish of ours."""

_REFUSED: Final = re.compile(
    r"(?:Info: [^\n]*?Retrying\.\.\.)*Error: (?:.*Last error: (.+)|([^\n]*\(HTTP \d{3}\).*))",
    re.DOTALL,
)
"""What Copilot has its model say where the provider refuses; the turn ends like any other."""


class AcpReader(RpcReader):
    """Opens a session, gives it the prompt, and translates what it tells."""

    def __init__(
        self, order: LaunchOrder, dialect: Dialect, *, errors: ErrorPipe | None = None
    ) -> None:
        """Begin with the greeting that the protocol wants."""
        super().__init__(model=order.profile.model)
        self._errors = errors
        self._order = order
        self._opening = Opening(order, dialect)
        self._resumes = dialect.resumes
        self._setting_up: list[Json] = []
        self._ready = False
        self._turns: list[str] = []
        self._accepted: set[str] = set()
        self._open: dict[str, schema.RequestPermissionRequest] = {}
        self._numbers: dict[str, object] = {}
        self._tools = Tools()
        self._spending = Spending(order.profile.model)
        self._saying = ""
        self._message = ""
        self._silent = True
        self.reply("initialize", messages.initialize())

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read both directions, and the error pipe where that tells something."""
        if stretch.direction is Direction.ERR and self._errors is not None:
            return self._errors.read(stretch.data, at=at)
        return super().read(stretch, at=at)

    # What was written -------------------------------------------------------------------

    def sent(self, message: Json) -> Iterator[Sign]:
        """Note that a turn begins with its prompt, and that an answer settles a request."""
        ref = message.get("id")
        if message.get("method") == "session/prompt" and isinstance(ref, str):
            self._turns.append(ref)
            yield self.sign(SignKind.TURN_BEGAN, ref=ref)
        elif "method" not in message and f"request-{ref}" in self._open:
            yield from self._settled(
                f"request-{ref}", text_at(message, "result", "outcome", "optionId")
            )

    def _settled(self, ref: str, option: str) -> Iterator[Sign]:
        """Note an answer; some agents tell of a tool's end only, so what is granted begins now."""
        wanted = self._open.pop(ref)
        yield self.sign(SignKind.SETTLED, ref=ref)
        granted = (
            one.kind.startswith("allow") for one in wanted.options if one.option_id == option
        )
        if any(granted):
            yield from self._tool(wanted.tool_call)

    # What was read ----------------------------------------------------------------------

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a message of the agent means."""
        method = text_at(event, "method")
        if not method:
            yield from self._answered(event)
        elif "id" in event:
            yield from self._asked(event, method)
        elif method == "session/update":
            yield from self._updated(event.get("params"))

    def _answered(self, event: Json) -> Iterator[Sign]:
        ref, failed = event.get("id"), event.get("error")
        if ref in self._turns:
            yield from self._ended(str(ref), event)
        elif failed and ref == "session" and at(failed, "code") == messages.AUTH_REQUIRED:
            yield from self._sign_in(failed)
        elif failed and ref != "mode":
            # A mode that is refused leaves the one it had: its requests are answered one by one.
            yield from self._gave_up(failed, of=str(ref))
        elif ref == "initialize":
            yield from self._greeted(event)
        elif ref == "authenticate":
            self.reply("session-again", self._opening.ask_session("session-again"))
        elif ref in {"session", "session-again"}:
            self._setting_up = list(self._opening.opened(event.get("result")))
            if self._resumes:
                yield from self.known_by(self._opening.session)
            self._set_up()
        elif ref in {"mode", "model"}:
            self._set_up()

    def _greeted(self, event: Json) -> Iterator[Sign]:
        wanted = self._opening.greeted(event.get("result"))
        if wanted is None:
            yield from self._gave_up({"message": "its greeting is not that of ACP"})
        else:
            self.reply("session", wanted)

    def _sign_in(self, error: object) -> Iterator[Sign]:
        if method := self._opening.sign_in():
            self.reply("authenticate", messages.authenticate(method))
        else:
            yield from self._gave_up(error)

    def _set_up(self) -> None:
        """Send the next of what has to be set, and after the last of it the prompt."""
        if self._setting_up:
            wanted = self._setting_up.pop(0)
            self.reply(f"{wanted['id']}", wanted)
            return
        self._ready = True
        session, text = self._opening.session, self._order.prompt
        self.reply(PROMPT, messages.prompt(PROMPT, session, text=text))

    def _gave_up(self, error: object, *, of: str = "") -> Iterator[Sign]:
        # What could not be opened takes no words either.
        self.speaks = self.speaks and self._ready
        trouble = Trouble.NO_SUCH_MODEL if of == "model" else error_trouble(error)
        words = error_words(error)
        kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
        yield self.fault(kind, words, trouble=trouble)
        yield self.fault(SignKind.FINISHED, words, trouble=trouble)

    # Turns ------------------------------------------------------------------------------

    def _ended(self, ref: str, event: Json) -> Iterator[Sign]:
        yield from self._accept(ref)
        yield from self._spoken()
        self._turns.remove(ref)
        for one in tuple(self._open) if not self._turns else ():
            del self._open[one]
            yield self.sign(SignKind.SETTLED, ref=one)
        if failed := event.get("error"):
            yield self.sign(SignKind.TURN_ENDED, error_words(failed), ref=ref, ok=False)
            yield from self._gave_up(failed)
        else:
            yield self.spent(self._spending.turn(event.get("result")))
            yield from self._stopped(ref, text_at(event, "result", "stopReason"))

    def _stopped(self, ref: str, reason: str) -> Iterator[Sign]:
        words = self._message if reason == "end_turn" else reason
        reason = "silence" if reason == "end_turn" and self._silent else reason
        self._silent = True
        refused = _REFUSED.fullmatch(words) if reason == "end_turn" else None
        good = reason == "end_turn" and not refused
        yield self.sign(SignKind.TURN_ENDED, words, ref=ref, ok=good)
        if good:
            yield self.sign(SignKind.FINISHED, words)
        elif refused:
            yield from self._gave_up({"message": refused[1] or refused[2]})
        elif reason in _STOPS:
            trouble, words = _STOPS[reason]
            yield self.fault(SignKind.TROUBLE, words, trouble=trouble)
            yield self.fault(SignKind.FINISHED, words, trouble=trouble)

    def _accept(self, ref: str = "") -> Iterator[Sign]:
        """Take the first thing that a turn shows for the proof that its prompt was read."""
        ref = ref or next(iter(self._turns), "")
        if ref and ref not in self._accepted:
            self._accepted.add(ref)
            yield self.sign(SignKind.ACCEPTED, ref=ref.removeprefix(_SAY))

    def _updated(self, params: object) -> Iterator[Sign]:
        told = messages.parse(schema.SessionNotification, params)
        # Before the first prompt an agent tells the history of a conversation that goes on.
        if told is None or not self._turns or told.session_id != self._opening.session:
            return
        update = told.update
        if isinstance(update, schema.AgentMessageChunk):
            yield from self._accept()
            self._silent = False
            self._saying += (text := chunk_text(update))
            yield from self.pulse("words", len(text))
            return
        if isinstance(update, schema.AgentThoughtChunk):
            yield from self._accept()
            yield from self.pulse("thoughts", len(chunk_text(update)))
            return
        yield from self._acted(update)

    def _acted(self, update: object) -> Iterator[Sign]:
        if isinstance(update, schema.ToolCall | schema.ToolCallUpdate):
            yield from self._accept()
            yield from self._spoken()
            self._silent = True
            yield from self._tool(update)
        elif isinstance(update, schema.AgentPlanUpdate):
            yield from self._spoken()
            yield self.sign(SignKind.PROGRESS, plan_words(update))
        elif isinstance(update, schema.UsageUpdate):
            yield from self._accept()
            if usage := self._spending.cost(update):
                yield self.spent(usage)

    def _tool(self, call: schema.ToolCall | schema.ToolCallUpdate) -> Iterator[Sign]:
        told = tuple(self._tools.update(call))
        for kind, words, ref, ok in told:
            yield self.sign(kind, words, ref=ref, ok=ok)
        if not told:
            yield from self.pulse(call.tool_call_id, 1, every=20)

    def _spoken(self) -> Iterator[Sign]:
        """Tell the words that were said in pieces, once something else comes."""
        if words := self._saying.strip():
            self._message = words
            yield self.sign(SignKind.SAID, words)
        self._saying = ""

    # Requests of the agent --------------------------------------------------------------

    def _asked(self, event: Json, method: str) -> Iterator[Sign]:
        number, ref = event.get("id"), f"request-{event.get('id')}"
        wanted = messages.parse(schema.RequestPermissionRequest, event.get("params"))
        if method != "session/request_permission" or wanted is None:
            self.reply(ref, refusal(number, method))
            return
        yield from self._accept()
        yield from self._spoken()
        self._open[ref], self._numbers[ref] = wanted, number
        choices = tuple(_choice(option) for option in wanted.options)
        sign = self.sign(SignKind.WANTS_PERMISSION, tool_words(wanted.tool_call), ref=ref)
        yield replace(sign, choices=choices)
        allowed = _allowing(choices)
        if self._order.profile.permission_mode == "bypass" and allowed:
            self.reply(ref, result(number, messages.selected(allowed)))

    # Writing ----------------------------------------------------------------------------

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Begin a turn with it; None while another runs, unless the agent takes several."""
        if not self._ready or not self._accepted or (self._turns and not self._opening.queues):
            return None
        return written(messages.prompt(f"{_SAY}{ref}", self._opening.session, text=text))

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer a request for permission with one of its options; it takes no words."""
        del text
        if ref not in self._open:
            return None
        answered = result(self._numbers[ref], messages.selected(choice))
        return written(answered, confirms=(SignKind.SETTLED,))

    def interrupt(self) -> Writing | None:
        """Break the turn off, and with it what it asked for; None if none runs."""
        if not self._turns:
            return None
        refused = (result(self._numbers[ref], messages.cancelled()) for ref in self._open)
        strokes = (messages.cancel(self._opening.session), *refused)
        return written(*strokes, confirms=(SignKind.TURN_ENDED,))

    def close(self) -> Writing | None:
        """Close its input, at which it should exit; a turn that runs is cut."""
        return Writing(strokes=(Keystroke(EndOfInput()),))


def _choice(option: schema.PermissionOption) -> Choice:
    return Choice(option.option_id, option.name, grants=option.kind.startswith("allow"))


def _allowing(choices: tuple[Choice, ...]) -> str:
    """Choose what grants this once: what grants for ever might be kept beyond the session."""
    granting = [one.id for one in choices if one.grants]
    return next((one for one in granting if "always" not in one), granting[0] if granting else "")
