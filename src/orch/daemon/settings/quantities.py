"""Kinds of quantities: durations and sizes, as people write them."""

import math
import re
from dataclasses import replace

from orch.daemon.settings.kinds import Kind, WrongValueError, quoted

DURATION_TEXT = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
UNITS_S = (86_400, 3_600, 60, 1)
DAY_S = UNITS_S[0]
SIZE_TEXT = re.compile(r"(\d+(?:\.\d+)?) ?(MB|GB|TB)")
SIZES_MB = {"MB": 1, "GB": 1_000, "TB": 1_000_000}
LONGEST_S = 10 * 365 * DAY_S
"""Ten years: what is longer was mistyped."""


def seconds(text: str) -> float:
    """Read a duration such as "10m", "1h30m", "2d" or "90" (seconds). Raises `WrongValueError`."""
    plain = text.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    found = DURATION_TEXT.fullmatch(plain)
    if not plain or found is None:
        raise WrongValueError
    return sum(float(n) * unit for n, unit in zip(found.groups(), UNITS_S, strict=True) if n)


def duration_text(total_s: float) -> str:
    """Write seconds the way a person would: `5400` is "1h30m"."""
    rest, said = total_s, ""
    for unit, letter in zip(UNITS_S[:-1], "dhm", strict=True):
        count, rest = divmod(rest, unit)
        said += f"{count:.0f}{letter}" if count else ""
    return said + f"{rest:g}s" if rest or not said else said


def days(*, forever: bool = False) -> Kind:
    """Make the kind that takes a duration counted in days; "forever" is None where allowed."""

    def read(raw: object) -> object:
        if forever and raw == "forever":
            return None
        return _read_duration(raw) / DAY_S

    def show(value: object) -> str:
        return quoted("forever" if value is None else duration_text(float(str(value)) * DAY_S))

    expected = 'a duration such as "7d" or "12h"' + (', or "forever"' if forever else "")
    return replace(DURATION, expected=expected, read=read, show=show)


def size(*, unit_mb: int) -> Kind:
    """Make the kind that takes a size; the setting counts in units of so many megabytes."""

    def read(raw: object) -> object:
        found = SIZE_TEXT.fullmatch(raw) if isinstance(raw, str) else None
        if found is None or float(found[1]) <= 0:
            raise WrongValueError
        return float(found[1]) * SIZES_MB[found[2]] / unit_mb

    def show(value: object) -> str:
        if value is None:
            return ""
        total_mb = float(str(value)) * unit_mb
        unit = "GB" if total_mb >= SIZES_MB["GB"] else "MB"
        return quoted(f"{total_mb / SIZES_MB[unit]:g}{unit}")

    return Kind(expected='a size such as "16MB" or "20GB"', read=read, from_text=str, show=show)


def number(low: float, high: float) -> Kind:
    """Make the kind that takes a number within bounds, with a fraction or without."""

    def read(raw: object) -> object:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not low <= raw <= high:
            raise WrongValueError
        return float(raw)

    def from_text(text: str) -> object:
        try:
            return float(text)
        except ValueError:
            return text

    def show(value: object) -> str:
        return "" if value is None else f"{float(str(value)):g}"

    expected = f"a number from {low:g} to {high:g}"
    return Kind(expected=expected, read=read, from_text=from_text, show=show)


def automatic(kind: Kind) -> Kind:
    """Make the kind that takes what another takes, or "auto", which is None."""

    def read(raw: object) -> object:
        return None if raw == "auto" else kind.read(raw)

    def from_text(text: str) -> object:
        return text if text == "auto" else kind.from_text(text)

    def show(value: object) -> str:
        return quoted("auto") if value is None else kind.show(value)

    expected = f'{kind.expected}, or "auto"'
    return replace(kind, expected=expected, read=read, from_text=from_text, show=show)


def _read_duration(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise WrongValueError
    total_s = seconds(raw) if isinstance(raw, str) else float(raw)
    if not math.isfinite(total_s) or not 0 < total_s <= LONGEST_S:
        raise WrongValueError
    return total_s


def _show_capped(value: object) -> str:
    return "" if value is None else quoted(duration_text(float(str(value))))


CAPPED = Kind(
    expected='a duration above 0 such as "10m", "30s", "1h30m" or a number of seconds',
    read=_read_duration,
    from_text=str,
    show=_show_capped,
)
DURATION = Kind(
    expected='a duration above 0 such as "10m", "30s", "1h30m" or a number of seconds',
    read=_read_duration,
    from_text=str,
    show=lambda value: quoted(duration_text(float(str(value)))),
)
