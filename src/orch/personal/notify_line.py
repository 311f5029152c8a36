"""Codex's one `notify` program, as the first line of its TOML file; all else stays as written."""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from orch.personal.failure import PersonalError
from orch.personal.splice import Splice
from orch.system.hook_call import hook_program, is_ours


@dataclass(frozen=True, slots=True)
class NotifyLine:
    """Orch's line in a TOML file."""

    empty: str = ""

    def check(self, text: str, *, name: str) -> None:
        """Refuse what is no TOML."""
        try:
            tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise PersonalError(
                f"{name} is no TOML: {error}; nothing was changed", then="mend the file"
            ) from None

    def is_complete(self, text: str) -> bool:
        """Tell whether orch's program, as it is called today, is the one that is named."""
        return found(text) == found(line())

    def insert(self, text: str) -> Sequence[Splice]:
        """Add the line: the first one, before any table, where a key of the top is in its place."""
        del text
        return [Splice(0, "", line())]

    def strip(self, text: str) -> str:
        """Take orch's line out, wherever it is by now; what is no line of its own stays."""
        if not is_ours(found(text)):
            return text
        kept = "".join(one for one in text.splitlines(keepends=True) if not _is_line(one))
        try:
            return kept if found(kept) is None else text
        except tomllib.TOMLDecodeError:
            return text

    def is_void(self, text: str) -> bool:
        """Tell whether there is nothing but blanks."""
        return not text.strip()


def line() -> str:
    """Return the line that names orch's program; JSON's strings and lists are TOML's too."""
    return f"notify = {json.dumps([*hook_program(), 'codex', 'notify'])}\n"


def found(text: str) -> object:
    """Return what `notify` is set to; None if it is free."""
    return tomllib.loads(text).get("notify")


def is_taken(text: str) -> bool:
    """Tell whether the person has a program of their own there."""
    return found(text) is not None and not is_ours(found(text))


def _is_line(one: str) -> bool:
    try:
        return is_ours(found(one))
    except tomllib.TOMLDecodeError:
        return False
