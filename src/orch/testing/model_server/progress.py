"""Which step is next: read from the history of the request, so that no run has to be remembered.

A turn that called tools tells its step by the ids of its calls. A turn of words only counts if it
says what the expected step says: what an agent invents (after an interruption, an error, half a
stream) doesn't.
"""

import re
import secrets

from orch.testing.model_server.conversation import ModelTurn, Turn, UserTurn
from orch.testing.model_server.script import Script, Step

_ID = re.compile(r"_([sw])(\d+)_[0-9a-f]{12}")
_SUMMED_UP = re.compile(r"\[scripted step (\d+)\]")


def call_id(prefix: str, index: int, *, waiting: bool) -> str:
    """Make the id of a call that the step of this index makes."""
    return f"{prefix}_{'w' if waiting else 's'}{index}_{secrets.token_hex(6)}"


def sum_up(index: int) -> str:
    """Say where the script stands in the words of a summary that replaces the history."""
    return f"The work goes on. [scripted step {index}]"


def next_step(script: Script, turns: tuple[Turn, ...]) -> int:
    """Find the index of the step that comes next; the script's length if it is over."""
    at, heard = 0, []
    begun = False
    for turn in turns:
        if summary := _SUMMED_UP.search(turn.text):
            at = int(summary[1])
        match turn:
            case UserTurn(text=text) if begun:
                heard.append(text)
            case ModelTurn():
                begun = True
                at = _after(turn, script, at=_skip(script, at, heard=heard))
            case _:
                pass
    return _skip(script, at, heard=heard)


def _skip(script: Script, at: int, *, heard: list[str]) -> int:
    """Pass the steps that waited for something the person has said by now."""
    while at < len(script) and (wanted := script[at].until_user) is not None:
        if not any(wanted in text for text in heard):
            break
        at += 1
    return at


def _after(turn: ModelTurn, script: Script, *, at: int) -> int:
    """Say where the script stands after a turn of the model."""
    told = [found for one in turn.call_ids if (found := _ID.search(one))]
    if told:
        return max(int(found[2]) + (found[1] == "s") for found in told)
    if at < len(script) and script[at].until_user is None and _is_of(turn, script[at]):
        return at + 1
    return at


def _is_of(turn: ModelTurn, step: Step) -> bool:
    if turn.call_names or step.calls:
        # Some agents give calls ids of their own; then their presence has to do.
        return bool(turn.call_names and step.calls)
    return _squeezed(turn.text) == _squeezed(step.say)


def _squeezed(text: str) -> str:
    return "".join(text.split())
