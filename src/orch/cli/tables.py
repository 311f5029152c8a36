"""Writes aligned tables; the last column takes what room there is."""

from collections.abc import Sequence

from orch.cli.text import columns, cut, one_line, style, width

GAP = "  "
_LEAST = 12


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, styles: Sequence[str] = ()) -> str:
    """Write rows under their heads; cells are cleaned of control characters.

    `styles` names a colour for each row ("" for none). Columns that are empty in every row are
    left out. On a terminal the widest columns are cut so that each row is one line.
    """
    if not rows:
        return ""
    cells = [[one_line(cell) for cell in row] for row in rows]
    shown = [i for i in range(len(head)) if any(row[i] for row in cells)]
    widths = [max(width(head[i]), *(width(row[i]) for row in cells)) for i in shown]
    widths = _fit(widths, columns())
    lines = [style(_line([head[i] for i in shown], widths), "dim")]
    for number, row in enumerate(cells):
        line = _line([row[i] for i in shown], widths)
        lines.append(style(line, styles[number]) if number < len(styles) else line)
    return "\n".join(lines)


def _fit(widths: list[int], room: int) -> list[int]:
    fitted = list(widths)
    while sum(fitted) + len(GAP) * (len(fitted) - 1) > room:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        if fitted[widest] <= _LEAST:
            break
        fitted[widest] -= 1
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = []
    for cell, columns_ in zip(cells, widths, strict=True):
        shown = cut(cell, columns_)
        parts.append(shown + " " * (columns_ - width(shown)))
    return GAP.join(parts).rstrip()


def pairs(rows: Sequence[tuple[str, str]]) -> str:
    """Write names and values under each other; values that are empty are left out."""
    shown = [(name, value) for name, value in rows if value]
    margin = max((width(name) for name, _ in shown), default=0)
    return "\n".join(
        f"{style(name.ljust(margin), 'dim')}{GAP}{one_line(value)}" for name, value in shown
    )
