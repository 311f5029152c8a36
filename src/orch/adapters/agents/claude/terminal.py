"""The reader of Claude Code's own screen: its hooks, its title, and what it shows."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.claude.errors import trouble_in
from orch.adapters.agents.claude.hooks import HookReader, error_sign
from orch.adapters.agents.claude.keys import answer_keys, dialog_choices, exit_keys, say_keys
from orch.adapters.agents.claude.screens import Seen, Shows, see
from orch.adapters.agents.dialogs import stands_for
from orch.adapters.agents.osc import OscReader
from orch.adapters.agents.silent import SilentReader
from orch.adapters.agents.typing import ESCAPE, typed
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.ports.agent import HookRecord, LaunchOrder, Writing
from orch.ports.session_host import Direction, Screen, Stretch

_SETTLE_S: Final = 3.0
"""A hook and the screen tell of the same thing at different moments; so long they may differ."""
_BUSY_TITLES: Final = range(0x2800, 0x2900)
"""Its title begins with a spinner of dots while it works."""
_IDLE_TITLE: Final = "✳"
_BUSY: Final = "busy"
_HELD: Final = frozenset({Shows.PERMISSION, Shows.QUESTION, Shows.DIALOG})


class TerminalReader(SilentReader):
    """Joins three witnesses: hooks tell what happens, the title that it works, the screen the rest.

    A refusal, or Escape, fires no hook at all: that a request is over is then seen on the screen.
    """

    speaks = True

    def __init__(self, order: LaunchOrder) -> None:
        """Begin with nothing seen."""
        self._hooks = HookReader(order)
        self._osc = OscReader()
        self._title = ""
        self._seen = Seen()
        self._shown = Seen()
        self._since = 0.0
        self._dialog = ""
        self._drawn = False
        self._begun = False

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read its titles."""
        if stretch.direction is not Direction.OUT:
            return ()
        found = (self._titled(text, at) for code, text in self._osc.feed(stretch.data) if code == 0)
        return [sign for sign in found if sign]

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Hear a hook; a request that was seen before is told anew, under its own id."""
        signs = list(self._hooks.hear(record))
        self._begun = self._begun or self._hooks.in_turn
        if any(sign.kind in {SignKind.ASKED, SignKind.WANTS_PERMISSION} for sign in signs):
            signs = [*self._closed(record.at, Source.HOOK), *signs]
        return signs

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Look at the screen, and tell what has changed on it."""
        seen = see(screen.text)
        if _key(seen) != _key(self._seen):
            self._since = at
        before, self._seen = self._seen, seen
        signs = [*self._gone(seen, at), *self._held(seen, at), *self._state(seen, at)]
        if seen.queued and not before.queued:
            signs.append(_sign(SignKind.ACCEPTED, at, text="queued for the turn that runs"))
        return signs

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Paste it into the input box; never into a dialog, and never before there is a box."""
        del ref
        if self._hooks.open or self._seen.shows not in {Shows.READY, Shows.BUSY}:
            return None
        return say_keys(text, self._seen)

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Answer what is open, by the digit of its line on the screen."""
        if ref in self._hooks.open:
            return answer_keys(self._seen, self._hooks.open[ref][0], choice=choice, text=text)
        if ref and ref == self._dialog and self._seen.shows in _HELD:
            return answer_keys(self._seen, None, choice=choice, text=text)
        return None

    def interrupt(self) -> Writing | None:
        """Press Escape while it works; it restores a prompt that it has not begun with."""
        unseen = self._seen.shows is Shows.NOTHING and self._hooks.in_turn
        works = self._seen.shows in _HELD or self._seen.shows is Shows.BUSY or unseen
        return replace(typed(ESCAPE), confirms=frozenset({SignKind.READY})) if works else None

    def close(self) -> Writing | None:
        """Leave it as a person would."""
        return exit_keys(self._seen)

    # What has changed -----------------------------------------------------------------------

    def _titled(self, title: str, at: float) -> Sign | None:
        state = _BUSY if title and ord(title[0]) in _BUSY_TITLES else title[:1]
        before, self._title = self._title, state
        if state == before:
            return None
        if state == _BUSY:
            self._begun = True
            return Sign(kind=SignKind.BUSY, source=Source.TITLE, at=at, text=title)
        if state == _IDLE_TITLE and self._begun and not self._hooks.open:
            # It is the same while a request is open, and before it begins with its prompt.
            return Sign(kind=SignKind.READY, source=Source.TITLE, at=at, text=title)
        return None

    def _gone(self, seen: Seen, at: float) -> Iterator[Sign]:
        """Say that a request is over once something else stands where its dialog was."""
        if self._dialog and _name(seen) != self._dialog:
            yield from self._closed(at, Source.SCREEN)
        if seen.shows in _HELD:
            self._drawn = bool(self._hooks.open)
        elif seen.shows is not Shows.NOTHING and self._is_answered(seen, at):
            self._drawn = False
            yield from self._hooks.settle(at, Source.SCREEN)
        idle = seen.shows is Shows.READY and self._title != _BUSY
        if idle and (seen.broken or self._is_restored(seen)):
            yield from self._hooks.broken_off(at, Source.SCREEN)

    def _is_answered(self, seen: Seen, at: float) -> bool:
        """Tell whether what is open can't be: it was drawn, or had the time to be, and is not.

        Of several the next is drawn where the first one was, so only an idle box ends them all.
        """
        opened = [when for _, when in self._hooks.open.values()]
        if not opened or (len(opened) > 1 and seen.shows is Shows.BUSY):
            return False
        return self._drawn or at - max(opened) >= _SETTLE_S

    def _is_restored(self, seen: Seen) -> bool:
        """Tell whether a prompt that it had not begun with stands in its box again."""
        return bool(seen.typed) and seen.typed == self._hooks.submitted.strip()

    def _closed(self, at: float, source: Source) -> Iterator[Sign]:
        if self._dialog:
            yield Sign(kind=SignKind.SETTLED, source=source, at=at, ref=self._dialog)
            self._dialog = ""

    def _held(self, seen: Seen, at: float) -> Iterator[Sign]:
        """Tell of a dialog; where hooks work, of a request only if none has told of it in time."""
        if seen.shows not in _HELD or self._dialog or self._hooks.open:
            return
        is_request = seen.shows is not Shows.DIALOG
        if is_request and self._hooks.heard and at - self._since < _SETTLE_S:
            return
        self._dialog = _name(seen)
        if seen.known and seen.known.trouble:
            yield from stands_for(_sign(SignKind.DIALOG, at, text=seen.text), seen.known.trouble)
            return
        kind = {Shows.PERMISSION: SignKind.WANTS_PERMISSION, Shows.QUESTION: SignKind.ASKED}
        yield replace(
            _sign(kind.get(seen.shows, SignKind.DIALOG), at, text=seen.text),
            ref=self._dialog,
            keys=seen.known.keys if seen.known else b"",
            choices=dialog_choices(seen),
        )

    def _state(self, seen: Seen, at: float) -> Iterator[Sign]:
        """Tell that it works, waits, tries again or has failed, each once."""
        before, self._shown = self._shown, seen
        if seen.retry and (before.retry or (0, ""))[1] != seen.retry[1]:
            pause, count = seen.retry
            retry = _sign(SignKind.RETRYING, at, text=seen.text, trouble=trouble_in(seen.text))
            yield replace(retry, until=at + pause, ref=count)
        if seen.shows is Shows.BUSY and before.shows is not Shows.BUSY:
            self._begun = True
            yield _sign(SignKind.BUSY, at, text=seen.text)
        if seen.shows is Shows.READY:
            if seen.signed_out and not before.signed_out:
                yield _sign(SignKind.TROUBLE, at, text="not logged in", trouble=Trouble.SIGNED_OUT)
            if seen.text and seen.text != before.text and not self._hooks.heard:
                yield error_sign(seen.text, now=at, source=Source.SCREEN)
            if self._begun and (before.shows, before.typed) != (seen.shows, seen.typed):
                held = f"its input box holds: {seen.typed}" if seen.typed else ""
                yield _sign(SignKind.READY, at, text=held)


def _sign(kind: SignKind, at: float, *, text: str = "", trouble: Trouble | None = None) -> Sign:
    return Sign(
        kind=kind, source=Source.SCREEN, at=at, text=text, trouble=trouble, ok=trouble is None
    )


def _key(seen: Seen) -> tuple[Shows, str]:
    """Tell dialogs apart by their words; the spinner's turn all the time."""
    return (seen.shows, seen.live)


def _name(seen: Seen) -> str:
    """Name a dialog: a known one by its own name, others by their words."""
    if seen.known:
        return seen.known.ref
    if seen.shows not in _HELD:
        return ""
    words = "".join(seen.live.replace("\u276f", "").split())
    return f"claude/{seen.shows}/{hashlib.sha256(words.encode()).hexdigest()[:12]}"
