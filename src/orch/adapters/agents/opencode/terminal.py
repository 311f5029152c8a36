"""The reader of OpenCode's own screen: its plugin tells what goes on, the last rows confirm it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.faults import trouble_of
from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.lines import at, number_at, text_at
from orch.adapters.agents.opencode.events import failure, usage_of
from orch.adapters.agents.opencode.home import model
from orch.adapters.agents.opencode.screen import Look, Showing, look_at
from orch.adapters.agents.silent import SilentReader
from orch.adapters.agents.typing import ENTER, ESCAPE, pasted, typed
from orch.core.signs import Choice, Sign, SignKind, Source
from orch.core.usage import Usage
from orch.ports.agent import HookRecord, Keystroke, LaunchOrder, Reply, Writing
from orch.ports.session_host import Screen

_RIGHT: Final = b"\x1b[C"
_QUIT: Final = b"\x03"
_TAKES_TEXT: Final = frozenset({Showing.PROMPT, Showing.BUSY, Showing.RETRYING})
_TAKEN: Final = (SignKind.ACCEPTED, SignKind.TURN_BEGAN, SignKind.BUSY)
_ON_SCREEN: Final = "on-screen"
"""The ref of a request that only the screen shows, where no plugin tells its id."""

CHOICES: Final = (
    Choice("once", "Allow once", grants=True),
    Choice("always", "Allow always", grants=True),
    Choice("reject", "Reject", grants=False),
)
_KEYS: Final = {
    "once": (ENTER,),
    "always": (_RIGHT, ENTER, ENTER),
    "reject": (_RIGHT, _RIGHT, ENTER, ENTER),
}


class TerminalReader(SilentReader):
    """Keeps what is open, so that nothing is typed into a request."""

    speaks = True

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing read; a conversation that is resumed is known."""
        self._root = order.conversation or ""
        self._usage = Usage(model=model(order))
        self._told = False
        self._busy = False
        self._begun = False
        self._stopped = False
        self._first = order.prompt if order.conversation else ""
        self._replies: list[Reply] = []
        self._open: dict[str, tuple[Choice, ...]] = {}
        self._workers: set[str] = set()
        self._seen = self._told_of = Look(Showing.NOTHING)
        self._hooks: dict[str, Callable[[HookRecord], Iterator[Sign]]] = {
            "session.created": self._created,
            "session.status": self._status,
            "session.idle": self._idle,
            "session.error": self._error,
            "message.user": self._accepted,
            "text": self._said,
            "step.finish": self._spent,
            "tool.before": self._tool_began,
            "tool.after": self._tool_ended,
            "permission.asked": self._wants,
            "permission.replied": self._settled,
            "question.asked": self._asked,
            "question.replied": self._settled,
        }

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Read what the plugin told."""
        read = self._hooks.get(record.event)
        if read is None:
            return ()
        self._told = True
        return [*self._known(record), *read(record)]

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Look at the last rows; tell what changed."""
        self._seen, before = look_at(screen), self._told_of
        if self._seen.showing is Showing.NOTHING or self._seen == before:
            return ()  # Between two pictures nothing stands there for a moment.
        self._submit()
        self._begun = self._begun or self._seen.showing is not Showing.PROMPT
        if not self._begun:
            return ()  # Until the first prompt has been taken it waits for nobody.
        self._told_of = self._seen
        return [*self._left(before, at), *self._came(self._seen, at)]

    def replies(self) -> Sequence[Reply]:
        """Submit the prompt of a resumed conversation: OpenCode takes it as no argument there."""
        return self._replies

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Paste the text into the prompt; not while a request is open, or no prompt is seen."""
        del ref
        if self._open or not self._begun or self._seen.showing not in _TAKES_TEXT:
            return None
        return pasted(text, confirms=_TAKEN)

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Press the keys that choose; a text of one's own goes behind the last choice."""
        choices = self._open.get(ref)
        if not choices or (choice not in {one.id for one in choices} and not text):
            return None
        if choice in _KEYS:
            return typed(*_KEYS[choice], pause_s=0.4)
        if not text:
            return typed(choice.encode(), pause_s=0.4)
        if choices == CHOICES:
            return None
        own = Keystroke(str(len(choices) + 1).encode(), pause_s=0.4)
        return Writing(strokes=(own, *pasted(text, confirms=()).strokes))

    def interrupt(self) -> Writing | None:
        """Press Escape twice: the first only asks whether it is meant."""
        return typed(ESCAPE, ESCAPE, pause_s=0.3)

    def close(self) -> Writing | None:
        """Press Ctrl-C, which ends it where the prompt is empty."""
        return typed(_QUIT, pause_s=0.5)

    def _submit(self) -> None:
        if self._first and self._seen.showing is Showing.PROMPT:
            strokes = pasted(self._first, confirms=_TAKEN).strokes
            data = b"".join(stroke.what for stroke in strokes if isinstance(stroke.what, bytes))
            self._replies.append(Reply(id="first-prompt", data=data))
            self._first = ""

    def _known(self, record: HookRecord) -> Iterator[Sign]:
        session = text_at(record.payload, "sessionID")
        if session and not self._root:
            self._root = session
            yield _hooked(SignKind.CONVERSATION, record, ref=session)

    def _of_worker(self, record: HookRecord) -> bool:
        session = text_at(record.payload, "sessionID")
        return bool(session) and session != self._root

    def _created(self, record: HookRecord) -> Iterator[Sign]:
        session = text_at(record.payload, "sessionID")
        if text_at(record.payload, "parentID"):
            self._workers.add(session)
            yield _hooked(SignKind.WORKER_BEGAN, record, ref=session)

    def _status(self, record: HookRecord) -> Iterator[Sign]:
        kind = text_at(record.payload, "type")
        if kind == "retry":
            why = one_line(text_at(record.payload, "message"))
            until = number_at(record.payload, "next") / 1000 or None
            sign = _hooked(SignKind.RETRYING, record, text=why)
            yield replace(sign, until=until, trouble=trouble_of(why))
        elif kind == "busy" and not self._of_worker(record) and not self._busy:
            self._begun, self._busy, self._stopped = True, True, False
            yield _hooked(SignKind.TURN_BEGAN, record)

    def _idle(self, record: HookRecord) -> Iterator[Sign]:
        session = text_at(record.payload, "sessionID")
        if session in self._workers:
            self._workers.discard(session)
            yield _hooked(SignKind.WORKER_ENDED, record, ref=session)
        elif session == self._root and self._busy:
            self._busy = False
            # A turn that was broken off, or that a refusal ended, has not come to its own end.
            yield replace(_hooked(SignKind.TURN_ENDED, record), ok=self._stopped)

    def _error(self, record: HookRecord) -> Iterator[Sign]:
        error = at(dict(record.payload), "error")
        if text_at(error, "name") == "MessageAbortedError" or self._of_worker(record):
            return  # A person, or orch, broke the turn off: that is no trouble.
        yield failure(error, at_s=record.at, source=Source.HOOK)

    def _accepted(self, record: HookRecord) -> Iterator[Sign]:
        if not self._of_worker(record):
            yield _hooked(SignKind.ACCEPTED, record, ref=text_at(record.payload, "id"))

    def _said(self, record: HookRecord) -> Iterator[Sign]:
        if not self._of_worker(record):
            yield _hooked(SignKind.SAID, record, text=text_at(record.payload, "text"))

    def _spent(self, record: HookRecord) -> Iterator[Sign]:
        if not self._of_worker(record):
            self._stopped = text_at(record.payload, "reason") == "stop"
        self._usage = self._usage.plus(usage_of(dict(record.payload)))
        yield Sign(kind=SignKind.SPENT, source=Source.HOOK, at=record.at, usage=self._usage)

    def _tool_began(self, record: HookRecord) -> Iterator[Sign]:
        name, about = text_at(record.payload, "tool"), text_at(record.payload, "about")
        ref = text_at(record.payload, "callID")
        yield _hooked(SignKind.TOOL_BEGAN, record, ref=ref, text=one_line(f"{name} {about}"))

    def _tool_ended(self, record: HookRecord) -> Iterator[Sign]:
        ref, name = text_at(record.payload, "callID"), text_at(record.payload, "tool")
        yield _hooked(SignKind.TOOL_ENDED, record, ref=ref, text=name)

    def _wants(self, record: HookRecord) -> Iterator[Sign]:
        ref = text_at(record.payload, "id")
        about = (
            text_at(record.payload, "command")
            or text_at(record.payload, "filepath")
            or " ".join(str(one) for one in _list(record.payload, "patterns"))
        )
        text = one_line(f"{text_at(record.payload, 'permission')} {about}")
        self._open[ref] = CHOICES
        yield _hooked(SignKind.WANTS_PERMISSION, record, ref=ref, text=text, choices=CHOICES)

    def _asked(self, record: HookRecord) -> Iterator[Sign]:
        ref, questions = text_at(record.payload, "id"), _list(record.payload, "questions")
        text = " / ".join(one_line(text_at(one, "question")) for one in questions)
        # With several questions at once the keys are not sure: then a person has to look.
        options = at(questions[0], "options") if len(questions) == 1 else None
        labels = [text_at(one, "label") for one in options] if isinstance(options, list) else []
        choices = tuple(Choice(str(n), label) for n, label in enumerate(labels[:9], start=1))
        self._open[ref] = choices
        yield _hooked(SignKind.ASKED, record, ref=ref, text=text, choices=choices)

    def _settled(self, record: HookRecord) -> Iterator[Sign]:
        ref = text_at(record.payload, "requestID")
        if self._open.pop(ref, None) is not None:
            yield _hooked(SignKind.SETTLED, record, ref=ref, text=text_at(record.payload, "reply"))

    def _came(self, seen: Look, at_s: float) -> Iterator[Sign]:
        match seen.showing:
            case Showing.PROMPT:
                yield _seen(SignKind.READY, at_s)
            case Showing.BUSY:
                yield _seen(SignKind.BUSY, at_s)
            case Showing.RETRYING if not self._told:
                retrying = _seen(SignKind.RETRYING, at_s, text=seen.text)
                yield replace(retrying, trouble=trouble_of(seen.text))
            case Showing.PERMISSION | Showing.QUESTION if not self._told:
                asks = seen.showing is Showing.QUESTION
                kind = SignKind.ASKED if asks else SignKind.WANTS_PERMISSION
                choices = () if asks else CHOICES
                self._open[_ON_SCREEN] = choices
                yield _seen(kind, at_s, ref=_ON_SCREEN, text=seen.text, choices=choices)
            case _:
                return

    def _left(self, before: Look, at_s: float) -> Iterator[Sign]:
        if before.showing in {Showing.PERMISSION, Showing.QUESTION} and _ON_SCREEN in self._open:
            del self._open[_ON_SCREEN]
            yield _seen(SignKind.SETTLED, at_s, ref=_ON_SCREEN)


def _hooked(
    kind: SignKind,
    record: HookRecord,
    *,
    text: str = "",
    ref: str = "",
    choices: tuple[Choice, ...] = (),
) -> Sign:
    words = shortened(text)
    source = Source.HOOK
    return Sign(kind=kind, source=source, at=record.at, text=words, ref=ref, choices=choices)


def _seen(
    kind: SignKind,
    at_s: float,
    *,
    text: str = "",
    ref: str = "",
    choices: tuple[Choice, ...] = (),
) -> Sign:
    return Sign(kind=kind, source=Source.SCREEN, at=at_s, text=text, ref=ref, choices=choices)


def _list(payload: object, name: str) -> list[object]:
    found = at(dict(payload) if payload else {}, name)  # type: ignore[call-overload]
    return found if isinstance(found, list) else []
