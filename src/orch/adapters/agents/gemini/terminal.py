"""The reader of Gemini's own screen: hooks tell turns and tools, the title what it is at."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from orch.adapters.agents.dialogs import find_dialog, stands_for
from orch.adapters.agents.faults import limits
from orch.adapters.agents.gemini.events import trouble_of_message, worded
from orch.adapters.agents.gemini.screen import DIALOGS, Box, Look, look_at
from orch.adapters.agents.json_reader import one_line, shortened
from orch.adapters.agents.lines import at, text_at
from orch.adapters.agents.osc import OscReader
from orch.adapters.agents.silent import SilentReader
from orch.adapters.agents.typing import ESCAPE, pasted, typed
from orch.core.signs import Choice, Sign, SignKind, Source, Trouble
from orch.ports.agent import HookRecord, Keystroke, Writing
from orch.ports.session_host import Direction, Screen, Stretch

_TITLES: Final = {
    "◇": SignKind.READY,
    "✦": SignKind.BUSY,
    "⏲": SignKind.BUSY,
}
_TAKEN: Final = (SignKind.ACCEPTED, SignKind.TURN_BEGAN, SignKind.BUSY)
_QUIT: Final = b"\x03"
_ASKING: Final = "Answer Questions"
_OWN_WORDS: Final = "Enter a custom value"
_NOTHING_SAID: Final = "[no response text]"


class TerminalReader(SilentReader):
    """Keeps which dialog is open, so that nothing is typed into it."""

    speaks = True

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._osc = OscReader()
        self._title = ""
        self._begun = False
        self._conversation = ""
        self._look = Look()
        self._asked = 0
        self._open = ""
        self._choices: tuple[Choice, ...] = ()
        self._own = ""
        self._tools: dict[str, str] = {}
        self._runs = False
        self._failed = True
        self._stale = ("", False)
        self._hooks: dict[str, Callable[[HookRecord], Iterator[Sign]]] = {
            "BeforeAgent": self._turn_began,
            "AfterAgent": self._turn_ended,
            "BeforeTool": self._tool_began,
            "AfterTool": self._tool_ended,
        }

    def read(self, stretch: Stretch, *, at: float) -> Sequence[Sign]:
        """Read the titles in the output."""
        if stretch.direction is not Direction.OUT:
            return ()
        found = [text.strip() for number, text in self._osc.feed(stretch.data) if number in {0, 2}]
        return [sign for title in found for sign in self._titled(title, at)]

    def hook(self, record: HookRecord) -> Sequence[Sign]:
        """Read what a hook told."""
        read = self._hooks.get(record.event)
        return [*self._known(record), *(read(record) if read else ())]

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Look for a dialog in the prompt's place, and for an error above the prompt."""
        seen, before = look_at(screen), self._look
        if seen == before:
            return ()
        self._look = seen
        signs: list[Sign] = []
        # Choosing moves a mark and changes the choices; the dialog is the same as long as it says
        # the same.
        if (seen.box and seen.box.text) != (before.box and before.box.text):
            signs += [*self._closed(at), *self._opened(seen.box, at)]
        if (seen.error, seen.cancelled) != self._stale:
            self._stale = ("", False)
            signs += self._stopped(seen, at)
        return signs

    def say(self, text: str, *, ref: str) -> Writing | None:
        """Paste the text into the prompt; not while a dialog stands in its place."""
        del ref
        free = self._begun and self._look.prompt and not self._open
        return pasted(text, confirms=_TAKEN) if free else None

    def answer(self, ref: str, *, choice: str, text: str = "") -> Writing | None:
        """Press the number of a choice, or of the one that takes a text."""
        if ref != self._open:
            return None
        if choice in {one.id for one in self._choices}:
            return typed(choice.encode(), pause_s=0.4)
        if not text or not self._own:
            return None
        own = Keystroke(self._own.encode(), pause_s=0.4)
        return Writing(strokes=(own, *pasted(text, confirms=()).strokes))

    def interrupt(self) -> Writing | None:
        """Press Escape, which cancels the request, or a dialog.

        Behind a tool Gemini takes the cancelled answer for an empty one, and asks by itself anew;
        what is said then waits in its own queue for that answer.
        """
        return typed(ESCAPE)

    def close(self) -> Writing | None:
        """Press Ctrl-C twice: the first only asks for the second."""
        return typed(_QUIT, _QUIT, pause_s=0.3)

    def _titled(self, title: str, at_s: float) -> Iterator[Sign]:
        if not title or title == self._title:
            return
        kind, before = _TITLES.get(title[0]), _TITLES.get(self._title[:1])
        self._title = title
        # Until the first prompt, which is an argument, has been taken, it waits for nobody.
        self._begun = self._begun or kind is SignKind.BUSY
        if kind is not None and kind is not before and self._begun:
            yield Sign(kind=kind, source=Source.TITLE, at=at_s, text=one_line(title))

    def _known(self, record: HookRecord) -> Iterator[Sign]:
        session = text_at(record.payload, "session_id")
        if session and session != self._conversation:
            self._conversation = session
            yield _hooked(SignKind.CONVERSATION, record, ref=session)

    def _turn_began(self, record: HookRecord) -> Iterator[Sign]:
        self._begun, self._runs, self._failed = True, True, False
        # How the turn before ended is still to be seen for a moment.
        self._stale = (self._look.error, self._look.cancelled)
        yield _hooked(SignKind.ACCEPTED, record)
        yield _hooked(SignKind.TURN_BEGAN, record)

    def _turn_ended(self, record: HookRecord) -> Iterator[Sign]:
        self._tools.clear()
        said = text_at(record.payload, "prompt_response").strip()
        if said and said != _NOTHING_SAID:
            yield _hooked(SignKind.SAID, record, text=said)
        if self._runs:
            self._runs = False
            yield replace(_hooked(SignKind.TURN_ENDED, record), ok=said != _NOTHING_SAID)

    def _tool_began(self, record: HookRecord) -> Iterator[Sign]:
        ref = f"tool-{len(self._tools) + 1}-{record.at:.3f}"
        self._tools[_call(record)] = ref
        name = text_at(record.payload, "tool_name")
        about = text_at(record.payload, "tool_input", "command") or text_at(
            record.payload, "tool_input", "file_path"
        )
        yield _hooked(SignKind.TOOL_BEGAN, record, ref=ref, text=one_line(f"{name} {about}"))

    def _tool_ended(self, record: HookRecord) -> Iterator[Sign]:
        ref = self._tools.pop(_call(record), "")
        ok = at(record.payload, "tool_response", "error") is None
        name = text_at(record.payload, "tool_name")
        yield replace(_hooked(SignKind.TOOL_ENDED, record, ref=ref, text=name), ok=ok)

    def _closed(self, at_s: float) -> Iterator[Sign]:
        if self._open:
            yield Sign(kind=SignKind.SETTLED, source=Source.SCREEN, at=at_s, ref=self._open)
        self._open, self._choices, self._own = "", (), ""

    def _opened(self, box: Box | None, at_s: float) -> Iterator[Sign]:
        if box is None:
            return
        seen = Sign(kind=SignKind.DIALOG, source=Source.SCREEN, at=at_s, text=one_line(box.text))
        if known := find_dialog(box.text, DIALOGS):
            self._open = known.ref
            self._choices = tuple(Choice(number, label) for number, label in box.options)
            if known.trouble:
                yield from stands_for(seen, known.trouble)
            else:
                yield replace(seen, ref=known.ref, keys=known.keys, choices=self._choices)
            return
        self._asked += 1
        self._open = f"request-{self._asked}"
        asks = _ASKING in box.text
        self._own = next((n for n, label in box.options if label == _OWN_WORDS), "")
        self._choices = tuple(
            Choice(number, label, grants=None if asks else _grants(label))
            for number, label in box.options
            if (asks and number != self._own) or _grants(label) is not None
        )
        kind = SignKind.ASKED if asks else SignKind.WANTS_PERMISSION
        yield replace(seen, kind=kind, ref=self._open, choices=self._choices)

    def _stopped(self, seen: Look, at_s: float) -> Iterator[Sign]:
        """Tell the end of a turn that no hook tells: it was cancelled, or an error ended it."""
        if self._failed or not (seen.error or seen.cancelled):
            return
        self._failed = True
        ended = Sign(kind=SignKind.TURN_ENDED, source=Source.SCREEN, at=at_s, ok=False)
        if seen.error:
            failed = replace(ended, text=worded(seen.error))
            yield _troubled(failed, trouble_of_message(seen.error))
        if self._runs:
            self._runs = False
            yield ended


def _troubled(seen: Sign, trouble: Trouble) -> Sign:
    kind = SignKind.LIMITED if limits(trouble) else SignKind.TROUBLE
    return replace(seen, kind=kind, trouble=trouble, ok=False)


def _grants(label: str) -> bool | None:
    """Tell what a choice does; None for one that is neither yes nor no."""
    if label.startswith(("Allow", "Yes")):
        return True
    return False if label.startswith("No") else None


def _call(record: HookRecord) -> str:
    payload = record.payload
    return json.dumps([payload.get("tool_name"), payload.get("tool_input")], sort_keys=True)


def _hooked(kind: SignKind, record: HookRecord, *, text: str = "", ref: str = "") -> Sign:
    return Sign(kind=kind, source=Source.HOOK, at=record.at, text=shortened(text), ref=ref)
