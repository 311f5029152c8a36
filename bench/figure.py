"""One measured figure: what it is, what it was compared with, and what it should have been."""

import json
from dataclasses import dataclass
from math import floor, log10

from bench.measure import Series, ratio

DIGITS = 3
"""How many digits of a value mean something."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a figure is compared with, measured in turns with it."""

    name: str
    series: Series


@dataclass(frozen=True, slots=True)
class Aim:
    """The most that a figure may be: its value, or with `of_ratio` its ratio."""

    most: float
    of_ratio: bool = False

    def __str__(self) -> str:
        """Say it as it stands in the table."""
        return f"≤ {write_number(self.most)}{'x' if self.of_ratio else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A median with its spread; `name` is dotted, the benchmark first, and stays for ever."""

    name: str
    series: Series
    unit: str
    against: Baseline | None = None
    aim: Aim | None = None

    @property
    def value(self) -> float:
        """The median of all runs."""
        return self.series.median

    @property
    def ratio(self) -> float | None:
        """How many times the other's value, pair by pair."""
        return ratio(self.series, self.against.series) if self.against else None

    @property
    def met(self) -> bool | None:
        """Tell whether the aim was met; None where there is none."""
        if self.aim is None:
            return None
        found = self.ratio if self.aim.of_ratio else self.value
        return found is not None and found <= self.aim.most

    def line(self) -> str:
        """Write the figure as one line of JSON, for programs."""
        found = self.ratio
        return json.dumps(
            {
                "name": self.name,
                "value": round_off(self.value),
                "unit": self.unit,
                "against": self.against.name if self.against else None,
                "ratio": None if found is None else round_off(found),
            },
            ensure_ascii=False,
        )

    def cells(self) -> tuple[str, ...]:
        """Write the figure as a row of the table whose head is `HEAD`."""
        found = self.ratio
        return (
            self.name,
            write_number(self.value),
            self.unit,
            f"{write_number(self.series.low)}..{write_number(self.series.high)}",
            self.against.name if self.against else "",
            "" if found is None else f"{write_number(found)}x",
            "" if self.aim is None else f"{self.aim} {'met' if self.met else 'MISSED'}",
        )


HEAD = ("figure", "median", "unit", "spread", "against", "ratio", "aim")
"""The columns of the table."""


def round_off(value: float) -> float:
    """Keep the digits that mean something, and two more."""
    if value == 0:
        return 0.0
    return round(value, DIGITS + 1 - floor(log10(abs(value))))


def write_number(value: float) -> str:
    """Write a number with three digits that mean something: 0.0123, 1.23, 12.3, 12,346."""
    if value == 0:
        return "0"
    places = max(0, DIGITS - 1 - floor(log10(abs(value))))
    return f"{value:,.{places}f}"
