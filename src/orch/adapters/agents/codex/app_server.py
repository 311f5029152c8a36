"""Codex without a screen: its app server, driven by JSON-RPC on its pipes."""

from collections.abc import Iterator
from dataclasses import replace

from orch.adapters.agents.codex import calls
from orch.adapters.agents.codex.calls import AGAIN, PROMPT, SAY
from orch.adapters.agents.codex.errors import error_trouble, error_words
from orch.adapters.agents.codex.items import DELTAS, TOOLS, describe, plan_words, went_well
from orch.adapters.agents.codex.limits import Limits, time_in
from orch.adapters.agents.codex.requests import KNOWN, Asked
from orch.adapters.agents.codex.tokens import Tokens
from orch.adapters.agents.faults import limits
from orch.adapters.agents.lines import at, number_at, text_at
from orch.adapters.agents.rpc import Json, RpcReader, notice, refusal, result, written
from orch.core.signs import Sign, SignKind
from orch.ports.agent import Keystroke, LaunchOrder, Writing
from orch.ports.session_host import EndOfInput


class AppServerReader(RpcReader):
    """Opens a thread, gives it the prompt, and translates what it tells.

    Only the session's own thread counts: Codex names its tasks in threads of their own, and
    sub-agents have theirs.
    """

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with the greeting that the protocol wants."""
        super().__init__(model=order.profile.model)
        self._order = order
        self._thread = ""
        self._running = ""
        self._opening = True
        self._open: dict[str, Asked] = {}
        self._said: dict[str, str] = {}
        self._steers: dict[str, str] = {}
        self._unsaid: list[str] = []
        self._accepted: set[str] = set()
        self._seen: set[str] = set()
        self._turns: set[str] = set()
        self._workers: set[str] = set()
        self._tokens = Tokens(model=order.profile.model)
        self._limits = Limits()
        self._failed: Sign | None = None
        self._last_words = ""
        self._emitted = 0.0
        self.reply("initialize", calls.initialize())

    # What was written -------------------------------------------------------------------

    def sent(self, message: Json) -> tuple[Sign, ...]:
        """Remember what is said, so that it can be said again if the turn was over by then."""
        ref = message.get("id")
        if isinstance(ref, str) and ref.startswith(SAY):
            self._said[ref.removeprefix(SAY)] = calls.words_of(message)
            self._steers[ref.removeprefix(SAY)] = text_at(message, "params", "expectedTurnId")
        return ()

    # What was read ----------------------------------------------------------------------

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell what a message of the server means."""
        method = text_at(event, "method")
        self._emitted = number_at(event, "emittedAtMs") / 1000
        if not method:
            yield from self._answered(event)
        elif "id" in event:
            yield from self._asked(event)
        else:
            params = event.get("params")
            yield from self._told(method, params if isinstance(params, dict) else {})

    def _answered(self, event: Json) -> Iterator[Sign]:
        ref, failed = event.get("id"), event.get("error")
        if ref == "initialize":
            self.reply("initialized", notice("initialized", {}))
            self.reply("thread", calls.open_thread(self._order))
        elif ref == "thread" and not failed:
            yield from self._opened(event)
        elif ref in {"initialize", "thread", PROMPT} and failed:
            yield from self._gave_up(failed)
        elif isinstance(ref, str) and ref.startswith((SAY, AGAIN)):
            yield from self._taken(ref.removeprefix(SAY).removeprefix(AGAIN), failed)

    def _taken(self, ref: str, failed: object) -> Iterator[Sign]:
        """Note that a message was taken; one that came too late for its turn begins another."""
        if not failed:
            yield from self._accepts(ref)
        elif ref not in self._unsaid:
            self._unsaid.append(ref)
            self._say_again()

    def _accepts(self, ref: str) -> Iterator[Sign]:
        if ref not in self._accepted:
            self._accepted.add(ref)
            yield self.sign(SignKind.ACCEPTED, ref=ref)

    def _opened(self, event: Json) -> Iterator[Sign]:
        self._thread = text_at(event, "result", "thread", "id")
        self._tokens.model = text_at(event, "result", "model") or self._tokens.model
        yield from self.known_by(self._thread)
        text = self._order.prompt
        self.reply(PROMPT, calls.begin_turn(PROMPT, self._thread, ref=PROMPT, text=text))

    def _gave_up(self, error: object) -> Iterator[Sign]:
        self._opening = False
        trouble, words = error_trouble(error), error_words(error)
        yield self.fault(SignKind.TROUBLE, words, trouble=trouble)
        yield self.fault(SignKind.FINISHED, words, trouble=trouble)

    # Requests of the server -------------------------------------------------------------

    def _asked(self, event: Json) -> Iterator[Sign]:
        params = event.get("params")
        asked = Asked(
            event.get("id"), text_at(event, "method"), params if isinstance(params, dict) else {}
        )
        if asked.method not in KNOWN:
            self.reply(asked.ref, refusal(asked.number, asked.method))
            return
        self._open[asked.ref] = asked
        sign = self.sign(asked.kind, asked.text, ref=asked.ref)
        yield replace(sign, choices=asked.choices())
        permission = asked.kind is SignKind.WANTS_PERMISSION
        if permission and self._order.profile.permission_mode == "bypass":
            self.reply(asked.ref, result(asked.number, asked.answer("accept")))

    def _settled(self, ref: str) -> Iterator[Sign]:
        if self._open.pop(ref, None):
            yield self.sign(SignKind.SETTLED, ref=ref)

    # News of the server -----------------------------------------------------------------

    def _told(self, method: str, params: Json) -> Iterator[Sign]:
        thread = text_at(params, "threadId")
        if method == "account/rateLimits/updated":
            yield from self._limited(params)
        elif method == "serverRequest/resolved":
            # A sub-agent's request is settled by the thread of the sub-agent.
            yield from self._settled(f"request-{params.get('requestId')}")
        elif method == "thread/tokenUsage/updated" and thread in {self._thread, *self._workers}:
            if usage := self._tokens.update(thread, params.get("tokenUsage")):
                yield self.spent(usage)
        elif thread and thread == self._thread:
            yield from self._told_of_own(method, params)
        elif thread:
            yield from self._told_of_other(method, params, thread=thread)

    def _limited(self, params: Json) -> Iterator[Sign]:
        if self._limits.update(params.get("rateLimits"), at=self.at):
            words, trouble = self._limits.words, self._limits.trouble
            yield self.fault(SignKind.LIMITED, words, trouble=trouble, until=self._limits.until)

    def _told_of_other(self, method: str, params: Json, *, thread: str) -> Iterator[Sign]:
        """Hear sub-agents, known by the turn that theirs goes back to; no other thread counts."""
        if method == "turn/started" and text_at(params, "turn", "rootTurnId") in self._turns:
            self._workers.add(thread)
            yield self.sign(SignKind.WORKER_BEGAN, ref=thread)
        elif thread in self._workers and method in {"turn/completed", "thread/closed"}:
            yield self.sign(SignKind.WORKER_ENDED, ref=thread)
        elif thread in self._workers and method in {"item/started", "item/completed"}:
            yield self.sign(SignKind.PROGRESS)

    def _told_of_own(self, method: str, params: Json) -> Iterator[Sign]:
        match method:
            case "turn/started":
                yield from self._began(text_at(params, "turn", "id"))
            case "turn/completed":
                yield from self._ended(params)
            case "item/started" | "item/completed":
                item = params.get("item")
                if isinstance(item, dict):
                    yield from self._item(item, ended=method.endswith("completed"))
            case "error":
                yield self._erred(params)
            case "turn/plan/updated" | "thread/compacted":
                yield self.sign(SignKind.PROGRESS, plan_words(params))
            case _ if method in DELTAS:
                size = len(text_at(params, "delta"))
                yield from self.pulse(text_at(params, "itemId"), size, every=DELTAS[method])
            case _:
                pass

    def _began(self, turn: str) -> Iterator[Sign]:
        self._opening, self._running, self._failed = False, turn, None
        self._turns.add(turn)
        self._tokens.turn()
        yield self.sign(SignKind.TURN_BEGAN, ref=turn)

    def _ended(self, params: Json) -> Iterator[Sign]:
        turn, status = text_at(params, "turn", "id"), text_at(params, "turn", "status")
        self._running = ""
        for ref in tuple(self._open):
            yield from self._settled(ref)
        # What a turn took in and had not read yet is lost when it is broken off.
        taken = (ref for ref, of in self._steers.items() if of == turn and ref in self._accepted)
        self._unsaid += [ref for ref in taken if ref not in self._seen]
        good = status == "completed"
        words = self._last_words if good else status
        yield self.sign(SignKind.TURN_ENDED, words, ref=turn, ok=good)
        self._say_again()
        if good:
            yield self.sign(SignKind.FINISHED, words)
        elif status == "failed":
            yield self._failure(at(params, "turn", "error"))

    def _failure(self, error: object) -> Sign:
        known = self._failed or self.fault(
            SignKind.TROUBLE, error_words(error), trouble=error_trouble(error)
        )
        return replace(known, kind=SignKind.FINISHED, at=self.at)

    def _erred(self, params: Json) -> Sign:
        error = params.get("error")
        trouble, words = error_trouble(error), error_words(error)
        if params.get("willRetry") is True:
            return self.fault(SignKind.RETRYING, words, trouble=trouble)
        kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
        told = self._limits.resets_at or time_in(words, said_at=self._emitted or self.at)
        until = told if limits(trouble) else None
        self._failed = self.fault(kind, words, trouble=trouble, until=until)
        return self._failed

    def _item(self, item: Json, *, ended: bool) -> Iterator[Sign]:
        kind, ref = item.get("type"), text_at(item, "id")
        if kind == "userMessage" and not ended:
            self._seen.add(text_at(item, "clientId"))
            yield from self._accepts(text_at(item, "clientId"))
        elif kind in TOOLS:
            began = SignKind.TOOL_ENDED if ended else SignKind.TOOL_BEGAN
            yield self.sign(began, describe(item), ref=ref, ok=not ended or went_well(item))
        elif kind == "agentMessage" and ended:
            self._last_words = text_at(item, "text")
            yield self.sign(SignKind.SAID, self._last_words)
        elif ended and kind != "userMessage":
            yield self.sign(SignKind.PROGRESS)

    # Writing ----------------------------------------------------------------------------

    def _say_again(self) -> None:
        """Begin a turn with what came too late for the one that has ended."""
        if self._running:
            return
        for ref in self._unsaid:
            again, text = f"{AGAIN}{ref}", self._said.get(ref, "")
            self.reply(again, calls.begin_turn(again, self._thread, ref=ref, text=text))
        self._unsaid.clear()

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Put it into the turn that runs, or begin one; None before the first has begun."""
        if not self._thread or self._opening:
            return None
        if self._running:
            message = calls.steer(self._thread, self._running, ref=ref, text=text)
        else:
            message = calls.begin_turn(f"{SAY}{ref}", self._thread, ref=ref, text=text)
        return written(message, confirms=(SignKind.ACCEPTED,))

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer a request; words that come with a refusal are put into the turn."""
        asked = self._open.get(ref)
        if asked is None:
            return None
        answered = result(asked.number, asked.answer(choice, text))
        settles = (SignKind.SETTLED,)
        wants_words = asked.kind is SignKind.WANTS_PERMISSION and text
        said = self.say(text, ref=f"{ref}-words") if wants_words else None
        if said is None:
            return written(answered, confirms=settles)
        strokes = (*written(answered).strokes, *said.strokes)
        return Writing(strokes=strokes, confirms=frozenset(settles))

    def interrupt(self) -> Writing | None:
        """Break the turn off; None if none runs."""
        if not self._running:
            return None
        stop = calls.interrupt(self._thread, self._running)
        return written(stop, confirms=(SignKind.TURN_ENDED,))

    def close(self) -> Writing | None:
        """Close its input, at which it exits."""
        return Writing(strokes=(Keystroke(EndOfInput()),))
