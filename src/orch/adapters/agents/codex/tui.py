"""Codex on its own screen: hooks tell what happens, OSC its state, the screen what it asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

from orch.adapters.agents.codex.hooks import Hooks
from orch.adapters.agents.codex.keys import choices_of, keys_of, question_keys
from orch.adapters.agents.codex.limits import time_in
from orch.adapters.agents.codex.screen import Option, Seen, Shows, see
from orch.adapters.agents.codex.titles import NOTICE, STATE, TITLES, state_of, usage_of
from orch.adapters.agents.dialogs import stands_for
from orch.adapters.agents.faults import limits, trouble_of
from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.osc import OscReader
from orch.adapters.agents.silent import SilentReader
from orch.adapters.agents.typing import ENTER, ESCAPE, pasted, typed
from orch.core.signs import Sign, SignKind, Source
from orch.core.usage import Usage
from orch.ports.agent import HookRecord, Keystroke, LaunchOrder, Writing
from orch.ports.session_host import Direction, Screen, Stretch

_CLEAR: Final = b"\x15"
_GLANCE: Final = Keystroke(b"\x1b[I", pause_s=0.5)
"""That its window has the focus, which moves nothing: a dialog loses what is typed at once."""
_INTERRUPTED: Final = "Conversation interrupted"
_ASKS: Final = {
    Shows.PERMISSION: SignKind.WANTS_PERMISSION,
    Shows.QUESTION: SignKind.ASKED,
    Shows.DIALOG: SignKind.DIALOG,
}
_BLIND_S: Final = 5.0
"""So long may pass before a request that is told is seen; then it is asked as it was told."""
_BLIND: Final = (Option("1", "Yes, proceed", "y"), Option("2", "No", "esc"))


@dataclass(frozen=True, slots=True)
class _Open:
    """What holds the screen, as it was told."""

    ref: str
    seen: Seen


class TuiReader(SilentReader):
    """Joins three witnesses, each telling what the others can't; only changes are told."""

    speaks = True

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing seen."""
        self._model = order.profile.model
        self._hooks = Hooks(order.conversation)
        self._osc = OscReader()
        self._state = ""
        self._kind = ""
        self._notice = ""
        self._works = False
        self._ran = False
        self._blocks = 0
        self._since = 0.0
        self._open: _Open | None = None
        self._seen = Seen()
        self._before: Usage | None = None
        self._resumed = bool(order.conversation)
        self._usage = Usage()
        self._turns = 0
        self._failed = False
        self._pending: tuple[str, ...] = ()

    # Hooks ------------------------------------------------------------------------------

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Read what a hook told."""
        return tuple(self._hooks.read(record))

    # Bytes ------------------------------------------------------------------------------

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read the states, titles and notices in its output."""
        if stretch.direction is not Direction.OUT:
            return ()
        return [
            sign
            for number, text in self._osc.feed(stretch.data)
            for sign in self._told(number, text, at=at)
        ]

    def _told(self, number: int, text: str, *, at: float) -> Iterator[Sign]:
        if number == STATE:
            state, kind = state_of(text)
            if state and (state, kind) != (self._state, self._kind):
                yield from self._turned(state, kind, at=at)
        elif number == NOTICE:
            self._notice = one_line(text)
        elif number in TITLES:
            yield from self._titled(text, at=at)

    def _turned(self, state: str, kind: str, *, at: float) -> Iterator[Sign]:
        before, self._state, self._kind = self._state, state, kind
        if before == "blocked":
            yield from self._settle(at, Source.TITLE)
        if state == "blocked":
            self._blocks += 1
            self._since = at
        elif state == "working":
            self._works = True
            self._ran = not self._hooks.heard
            self._turns += 0 if before == "blocked" else 1
            yield _sign(SignKind.BUSY, at, text="it says that it works")
        elif state in {"idle", "done", "error"}:
            yield from self._over(state, at=at)

    def _over(self, state: str, *, at: float) -> Iterator[Sign]:
        """Tell that it waits; where no hook can tell, a turn that is done is told by its state."""
        worked, self._works = self._works, False
        self._failed = state == "error"
        if state == "done" and worked and not self._hooks.heard:
            self._ran = False
            yield _sign(SignKind.SAID, at, text=self._notice)
            yield _sign(SignKind.TURN_ENDED, at, text=self._notice, source=Source.PROTOCOL)
        yield _sign(SignKind.READY, at, text=f"it says: {state}")

    def _titled(self, title: str, *, at: float) -> Iterator[Sign]:
        usage = usage_of(title, model=self._model, turns=max(self._turns, 1))
        if usage is None:
            return
        if self._before is None:
            # A conversation that goes on begins with the totals of its past.
            if self._resumed and not usage.tokens:
                return
            self._before = usage if self._resumed else Usage()
        spent = replace(
            usage,
            input_tokens=max(0, usage.input_tokens - self._before.input_tokens),
            output_tokens=max(0, usage.output_tokens - self._before.output_tokens),
        )
        if spent.tokens and spent != self._usage:
            self._usage = spent
            yield replace(_sign(SignKind.SPENT, at), usage=spent)

    # Screen -----------------------------------------------------------------------------

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Look at its last rows."""
        seen, before = see(screen.text), self._seen
        if seen.shows is Shows.NOTHING or (seen.options and not seen.words):
            return ()  # Between two pictures nothing stands there for a moment, or half of it.
        self._seen = seen
        return [*self._left(seen, at), *self._came(seen, at), *self._rested(seen, before, at=at)]

    def _left(self, seen: Seen, at: float) -> Iterator[Sign]:
        """Settle what is not shown any more; a state that says otherwise knows better."""
        if self._open is None or seen == self._open.seen:
            return
        if seen.shows is not Shows.PROMPT or self._state != "blocked":
            yield from self._settle(at, Source.SCREEN)

    def _came(self, seen: Seen, at: float) -> Iterator[Sign]:
        if self._open is not None:
            return
        if seen.shows in _ASKS:
            yield from self._asks(seen, at)
        elif self._state == "blocked" and at - self._since >= _BLIND_S:
            told = Seen(shows=Shows.PERMISSION, words=self._notice, options=_BLIND)
            yield from self._asks(told, at)

    def _asks(self, seen: Seen, at: float) -> Iterator[Sign]:
        known = seen.known
        # The screen may show it before the state tells; its name is the same either way. Several
        # may follow each other without another state, so what is asked is a part of the name.
        number = self._blocks + (self._state != "blocked")
        ref = known.ref if known else f"{seen.shows}-{number}-{crc32(seen.words.encode()):08x}"
        self._open = _Open(ref, seen)
        sign = _sign(_ASKS[seen.shows], at, text=seen.words, source=Source.SCREEN)
        if known and known.trouble:
            yield from stands_for(sign, known.trouble)
            return
        keys = known.keys if known else b""
        yield replace(sign, ref=ref, keys=keys, choices=choices_of(seen))

    def _settle(self, at: float, source: Source) -> Iterator[Sign]:
        if self._open is not None:
            yield _sign(SignKind.SETTLED, at, ref=self._open.ref, source=source)
        self._open = None

    def _rested(self, seen: Seen, before: Seen, *, at: float) -> Iterator[Sign]:
        """Tell what stands right above the prompt: a message that waits, the end of a turn."""
        for text in seen.pending:
            if text not in self._pending:
                yield _sign(SignKind.ACCEPTED, at, text=text, source=Source.SCREEN)
        self._pending = seen.pending
        if seen.shows is not Shows.PROMPT:
            return
        if seen.retry and seen.retry != before.retry:
            sign = _sign(SignKind.RETRYING, at, text=seen.retry, source=Source.SCREEN)
            yield replace(sign, trouble=trouble_of(seen.retry), ok=False)
        if seen.words and (seen.words != before.words or self._failed):
            yield from self._broke(seen.words, at)
        if not self._state and (seen.works, Shows.PROMPT) != (before.works, before.shows):
            kind = SignKind.BUSY if seen.works else SignKind.READY
            yield _sign(kind, at, source=Source.SCREEN)

    def _broke(self, words: str, at: float) -> Iterator[Sign]:
        """Tell that a turn was broken off, or failed: of that no hook tells."""
        if self._state == "working":
            return  # What stands there is of the turn before.
        failed, self._failed = self._failed, False
        ran, self._hooks.turn, self._ran = self._hooks.turn or self._ran, "", False
        if words.startswith(_INTERRUPTED):
            source = Source.PROTOCOL if self._state else Source.SCREEN
            ended = _sign(SignKind.TURN_ENDED, at, text=words, source=source)
            yield from (replace(one, ok=False) for one in (ended,) if ran)
        elif failed or not self._state:
            trouble = trouble_of(words)
            kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
            until = time_in(words, said_at=at) if limits(trouble) else None
            source = Source.PROTOCOL if failed else Source.SCREEN
            sign = _sign(kind, at, text=words, source=source)
            yield replace(sign, trouble=trouble, until=until, ok=False)
            yield replace(_sign(SignKind.TURN_ENDED, at, text=words, source=source), ok=False)

    # Writing ----------------------------------------------------------------------------

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Paste it into the prompt; not into a dialog, nor before there is a prompt."""
        del ref
        if self._open or self._state == "blocked" or self._seen.shows is not Shows.PROMPT:
            return None
        taken = [SignKind.ACCEPTED]
        if not self._works:
            taken += [SignKind.TURN_BEGAN, SignKind.BUSY]
        return pasted(text, confirms=taken)

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Press the key of a choice; words go into a question, or behind a refusal."""
        if self._open is None or self._open.ref != ref:
            return None
        seen = self._open.seen
        if seen.shows is Shows.QUESTION and text and not choice:
            written = question_keys(seen, text)
            return replace(written, strokes=(_GLANCE, *written.strokes))
        keys = keys_of(seen, choice)
        if not keys:
            return None
        pressed = (_GLANCE, *typed(keys, pause_s=0.5).strokes)
        if not text or keys != ESCAPE:
            return Writing(strokes=pressed, confirms=frozenset({SignKind.SETTLED}))
        return Writing(strokes=(*pressed, *pasted(text, confirms=()).strokes))

    def interrupt(self) -> Writing | None:
        """Press Escape; not where nothing runs, for there it means something else."""
        if not (self._works or self._hooks.turn or self._seen.works):
            return None
        return typed(ESCAPE)

    def close(self) -> Writing | None:
        """Empty the prompt and quit; a turn that runs is cut. None while a dialog is open."""
        if self._open or self._seen.shows is not Shows.PROMPT:
            return None
        keys = (_CLEAR, b"/quit", ENTER)
        return Writing(strokes=tuple(Keystroke(key, pause_s=0.4) for key in keys))


def _sign(
    kind: SignKind, at: float, *, text: str = "", ref: str = "", source: Source = Source.TITLE
) -> Sign:
    return Sign(kind=kind, source=source, at=at, text=shortened(text), ref=ref)
