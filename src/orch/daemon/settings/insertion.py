"""Puts one key into the text of a configuration, where a person would have written it."""

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError

from orch.daemon.settings.lines import Path, Statement, statements


def put(text: str, path: Path, *, toml: str) -> str:
    """Return the text with the key at `path` set to the value that `toml` writes.

    A key that is there keeps its place and its comment. A new one stands after the last key of
    its table, before the comments that lead over to the next; a new table stands at the end.
    The caller makes sure that the result says what it should: TOML has more corners than these.
    """
    found = list(statements(text))
    if any(not known.is_header and known.path == path for known in found):
        return _replaced(text, path, toml=toml)
    table, row = path[:-1], f"{path[-1]} = {toml}"
    after = [known.last for known in found if known.path == table if known.is_header]
    after += [known.last for known in found if not known.is_header and known.path[:-1] == table]
    if after:
        return _with_row(text, row, after=max(after))
    if not table:
        return _with_row(text, row, after=_before_tables(text, found), apart=True)
    end = text if not text or text.endswith("\n") else text + "\n"
    return end + ("\n" if end.strip() else "") + f"[{'.'.join(table)}]\n{row}\n"


def _with_row(text: str, row: str, *, after: int, apart: bool = False) -> str:
    """Put a row after a line (0: at the very beginning), with the line end that the file uses.

    `apart` parts it by an empty line from what follows.
    """
    rows = text.split("\n")
    line_end = "\r" if rows[0].endswith("\r") else ""
    if apart and after < len(rows) and rows[after].strip():
        row += f"{line_end}\n"
    return "\n".join([*rows[:after], row + line_end, *(rows[after:] or [""])])


def _before_tables(text: str, found: list[Statement]) -> int:
    """Find the line after which the first key of the file goes.

    That is before the first table and the comments that stand on it, or at the end.
    """
    rows = text.split("\n")
    first = next((known.first for known in found if known.is_header), None)
    if first is None:
        return len(rows) - (not rows[-1])
    while first > 1 and rows[first - 2].lstrip().startswith("#"):
        first -= 1
    return first - 1


def _replaced(text: str, path: Path, *, toml: str) -> str:
    """Replace a value where it stands; the text as it is if the library can't."""
    try:
        file = tomlkit.parse(text)
        table: Container = file
        for name in path[:-1]:
            table = table[name]
        table[path[-1]] = tomlkit.parse(f"value = {toml}")["value"]
    except (TOMLKitError, TypeError, KeyError):
        return text
    return tomlkit.dumps(file)
