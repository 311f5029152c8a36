"""What a session's end says, where a program's last word is among its signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orch.adapters.agents.endings import how_it_ended, last_line, last_sign
from orch.adapters.agents.faults import holds, remedy_of
from orch.core.signs import Sign, SignKind, Trouble
from orch.ports.agent import End, Ending, Word

_LAST_WORDS = (SignKind.FINISHED, SignKind.TROUBLE, SignKind.LIMITED, SignKind.TURN_BEGAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What an ending needs to know of a program: its name, how to sign in, its exit codes.

    An exit code counts only where the program said nothing itself.
    """

    name: str
    sign_in: str
    exits: Mapping[int, tuple[Trouble, str]] = field(default_factory=dict)


def judge_end(end: End, program: Program) -> Ending:
    """Read an end: the last of its final words counts, and a turn that began after it unsays it."""
    last = last_sign(end, *_LAST_WORDS)
    summary = _summary(end, last)
    if last and last.kind is SignKind.FINISHED and last.ok:
        return Ending(word=Word.DONE, summary=summary)
    if last and last.kind is not SignKind.TURN_BEGAN:
        return _failed(program, sign=last, summary=summary)
    if end.exit_code == 0 and _rests(end):
        return Ending(word=Word.DONE, summary=summary)
    if end.exit_code is not None and end.exit_code in program.exits:
        trouble, words = program.exits[end.exit_code]
        return _ending(program, trouble=trouble, what=words, summary=summary)
    reason = f"{program.name} ended with {how_it_ended(end)} before it said that it was done"
    return Ending(word=Word.GAVE_UP, reason=reason, summary=summary)


def _rests(end: End) -> bool:
    """Tell whether a program that was talked with had ended its last turn when it was closed."""
    last = last_sign(end, SignKind.TURN_BEGAN, SignKind.TURN_ENDED)
    return last is not None and last.kind is SignKind.TURN_ENDED and last.ok


def _failed(program: Program, *, sign: Sign, summary: str) -> Ending:
    found = _ending(program, trouble=sign.trouble, what=sign.text, summary=summary)
    return found if sign.until is None else _until(found, sign.until)


def _ending(program: Program, *, trouble: Trouble | None, what: str, summary: str) -> Ending:
    remedy = remedy_of(trouble, sign_in=program.sign_in)
    reason = f"{program.name}: {what or 'it failed'}"
    return Ending(
        word=Word.HELD if holds(trouble) else Word.GAVE_UP,
        reason=f"{reason}; {remedy}" if remedy else reason,
        summary=summary,
        trouble=trouble,
    )


def _until(ending: Ending, until: float) -> Ending:
    return Ending(
        word=ending.word,
        reason=ending.reason,
        summary=ending.summary,
        trouble=ending.trouble,
        until=until,
    )


def _summary(end: End, last: Sign | None) -> str:
    if last and last.kind is SignKind.FINISHED and last.ok and last.text:
        return last.text
    said = last_sign(end, SignKind.SAID)
    return said.text if said else last_line(end)
