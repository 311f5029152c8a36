"""A picture of one session: all its signs, folded into what can still matter."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from orch.core.signs import Sign, SignKind, Source
from orch.core.usage import Usage

_PROGRESS = frozenset(
    {
        SignKind.ACCEPTED,
        SignKind.TURN_BEGAN,
        SignKind.TURN_ENDED,
        SignKind.TOOL_BEGAN,
        SignKind.TOOL_ENDED,
        SignKind.WORKER_BEGAN,
        SignKind.WORKER_ENDED,
        SignKind.PROGRESS,
        SignKind.SAID,
        SignKind.SETTLED,
        SignKind.FINISHED,
    }
)
_AT_WORK = _PROGRESS - {SignKind.TURN_ENDED, SignKind.FINISHED, SignKind.WORKER_ENDED}
_BEGINS = frozenset(
    {SignKind.ACCEPTED, SignKind.TURN_BEGAN, SignKind.TOOL_BEGAN, SignKind.BUSY, SignKind.SAID}
)
_TURN_SOURCES = frozenset({Source.PROTOCOL, Source.HOOK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is known of a session that runs.

    `turn` is the newest sign from protocol or hooks that tells whether a turn runs; `title` and
    `screen` are the newest that those show. `open` holds what waits for an answer, `tools` and
    `workers` what has begun and not ended. `has_begun` once it has taken something up. `last_work`
    is the last progress but for the end of something. Times are epoch seconds.
    """

    begun_at: float
    last_output: float
    last_progress: float
    last_work: float = 0.0
    has_begun: bool = False
    turn: Sign | None = None
    title: Sign | None = None
    screen: Sign | None = None
    open: tuple[Sign, ...] = ()
    tools: tuple[Sign, ...] = ()
    workers: tuple[Sign, ...] = ()
    limited: Sign | None = None
    retrying: Sign | None = None
    trouble: Sign | None = None
    finished: Sign | None = None
    pattern: Sign | None = None
    conversation: str = ""
    usage: Usage | None = None
    ended_turns: int = 0
    said: str = ""
    accepted: frozenset[str] = field(default_factory=frozenset)

    @property
    def speaks(self) -> bool:
        """Tell whether the session has shown anything but output."""
        return bool(self.turn or self.title or self.screen)

    @property
    def is_turn_over(self) -> bool:
        """Tell whether its last turn ended and nothing of it goes on."""
        if self.turn is None or self.workers or self.open:
            return False
        # A prompt that waits says that a turn is over only where there has been one.
        waits = self.turn.kind is SignKind.READY and self.ended_turns > 0
        return waits or self.turn.kind in {SignKind.TURN_ENDED, SignKind.FINISHED}


def begin(at: float) -> Picture:
    """Start the picture of a session that was started or found at this time."""
    return Picture(begun_at=at, last_output=at, last_progress=at)


def grew(picture: Picture, at: float) -> Picture:
    """Note output; a clock that was set back never makes it older."""
    return replace(picture, last_output=max(picture.last_output, at))


def matched(picture: Picture, sign: Sign | None) -> Picture:
    """Note that a stuck pattern is shown, from when on, or that none is any more."""
    if sign is None or picture.pattern is None or picture.pattern.text != sign.text:
        return replace(picture, pattern=sign)
    return picture


def shifted(picture: Picture, seconds: float) -> Picture:
    """Move all times along with a clock that was set, so that nothing grows older or younger.

    When a limit ends is told by others, and stays.
    """

    def moved(sign: Sign | None) -> Sign | None:
        return replace(sign, at=sign.at + seconds) if sign else None

    def each(signs: tuple[Sign, ...]) -> tuple[Sign, ...]:
        return tuple(replace(sign, at=sign.at + seconds) for sign in signs)

    return replace(
        picture,
        begun_at=picture.begun_at + seconds,
        last_output=picture.last_output + seconds,
        last_progress=picture.last_progress + seconds,
        last_work=picture.last_work + seconds,
        turn=moved(picture.turn),
        title=moved(picture.title),
        screen=moved(picture.screen),
        open=each(picture.open),
        tools=each(picture.tools),
        workers=each(picture.workers),
        limited=moved(picture.limited),
        retrying=moved(picture.retrying),
        trouble=moved(picture.trouble),
        finished=moved(picture.finished),
        pattern=moved(picture.pattern),
    )


def fold(picture: Picture, sign: Sign) -> Picture:
    """Put one sign into the picture."""
    return _FOLDS.get(sign.kind, _in_turn)(_note_progress(picture, sign), sign)


def _in_turn(picture: Picture, sign: Sign) -> Picture:
    picture = _turned(picture, sign)
    match sign.kind:
        case SignKind.TURN_ENDED:
            over = replace(picture, tools=(), ended_turns=picture.ended_turns + 1)
            return replace(over, said=sign.text or over.said)
        case SignKind.FINISHED:
            return replace(picture, finished=sign, tools=())
        case SignKind.ACCEPTED:
            refs = picture.accepted | ({sign.ref} if sign.ref else frozenset())
            return replace(picture, accepted=refs, trouble=None, finished=None)
        case SignKind.TURN_BEGAN:
            return replace(picture, trouble=None, finished=None, limited=None)
        case SignKind.SAID:
            return replace(picture, said=sign.text or picture.said)
        case _:
            return picture


def _note_progress(picture: Picture, sign: Sign) -> Picture:
    begun = picture.has_begun or sign.kind in _BEGINS
    last = max(picture.last_output, sign.at)
    noted = replace(picture, last_output=last, has_begun=begun)
    if sign.kind not in _PROGRESS:
        return noted
    # Work that goes on shows that the agent got over what its provider refused before.
    moved = replace(noted, last_progress=max(noted.last_progress, sign.at))
    if sign.kind not in _AT_WORK:
        return moved
    return replace(moved, retrying=None, last_work=max(noted.last_work, sign.at))


def _turned(picture: Picture, sign: Sign) -> Picture:
    # A turn that a person breaks off fires no hook in some programs; the screen tells it plainly.
    if sign.source not in _TURN_SOURCES and sign.kind is not SignKind.TURN_ENDED:
        return picture
    # What a sub-agent does after the turn's end does not begin another turn.
    ended = picture.turn is not None and picture.turn.kind is SignKind.TURN_ENDED
    if ended and sign.kind in {SignKind.TOOL_ENDED, SignKind.PROGRESS, SignKind.SETTLED}:
        return picture
    return replace(picture, turn=sign)


def _state(picture: Picture, sign: Sign) -> Picture:
    match sign.source:
        case Source.TITLE:
            return replace(picture, title=sign)
        case Source.SCREEN:
            kept = tuple(one for one in picture.open if one.source is not Source.SCREEN)
            return replace(picture, screen=sign, open=kept)
        case _:
            return replace(picture, turn=sign)


def _with(signs: tuple[Sign, ...], sign: Sign) -> tuple[Sign, ...]:
    return (*_without(signs, sign), sign)


def _without(signs: tuple[Sign, ...], sign: Sign) -> tuple[Sign, ...]:
    return tuple(one for one in signs if one.ref != sign.ref)


def _tool_begins(picture: Picture, sign: Sign) -> Picture:
    return replace(_turned(picture, sign), tools=_with(picture.tools, sign))


def _tool_ends(picture: Picture, sign: Sign) -> Picture:
    return replace(_turned(picture, sign), tools=_without(picture.tools, sign))


def _opens(picture: Picture, sign: Sign) -> Picture:
    return replace(picture, open=_with(picture.open, sign))


def _settles(picture: Picture, sign: Sign) -> Picture:
    return replace(_turned(picture, sign), open=_without(picture.open, sign))


_FOLDS: dict[SignKind, Callable[[Picture, Sign], Picture]] = {
    SignKind.READY: _state,
    SignKind.BUSY: _state,
    SignKind.TOOL_BEGAN: _tool_begins,
    SignKind.TOOL_ENDED: _tool_ends,
    SignKind.WORKER_BEGAN: lambda one, sign: replace(one, workers=_with(one.workers, sign)),
    SignKind.WORKER_ENDED: lambda one, sign: replace(one, workers=_without(one.workers, sign)),
    SignKind.ASKED: _opens,
    SignKind.WANTS_PERMISSION: _opens,
    SignKind.DIALOG: _opens,
    SignKind.SETTLED: _settles,
    SignKind.LIMITED: lambda one, sign: replace(one, limited=sign),
    SignKind.RETRYING: lambda one, sign: replace(one, retrying=sign),
    SignKind.TROUBLE: lambda one, sign: replace(one, trouble=sign),
    SignKind.CONVERSATION: lambda one, sign: replace(one, conversation=sign.ref or sign.text),
    SignKind.SPENT: lambda one, sign: replace(one, usage=sign.usage),
}
"""What each kind of sign does to the picture; those that are missing belong to a turn."""
