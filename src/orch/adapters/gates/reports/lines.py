"""Reads what linters and compilers print, a finding a line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from orch.adapters.gates.reports.names import name

_PATH: Final = r"^(?P<path>[^\s:(][^:\n(]*)"
_AT: Final = r":\d+(?::\d+)?:"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.MULTILINE)


_CODED: Final = _pattern(_PATH + _AT + r" (?P<rule>[A-Z]+\d+):? (?:\[\*\] )?(?P<message>.+)$")
_GCC: Final = _PATH + _AT + r" (?P<rule>(?:fatal )?error{}): (?P<message>.+)$"
_RUFF_FULL: Final = _pattern(
    r"^(?P<rule>[A-Z]+\d+|invalid-syntax):? (?:\[\*\] )?(?P<message>.+)\n *--> (?P<path>[^\n:]+):\d"
)
_STYLISH_FILE: Final = _pattern(r"^(?P<path>[^\s:].*)\n(?P<lines>(?: +\d+:\d+ .*(?:\n|\Z))+)")
_STYLISH_LINE: Final = _pattern(r"^ +\d+:\d+ +error +(?P<message>\S.*?)(?:  +(?P<rule>[\w@/-]+))?$")

PATTERNS: Final[Mapping[str, tuple[re.Pattern[str], ...]]] = {
    "ruff": (_CODED, _RUFF_FULL),
    "flake8": (_CODED,),
    "pylint": (_CODED,),
    "mypy": (_pattern(_PATH + r"(?::\d+(?::\d+)?)?: error: (?P<message>.+)$"),),
    "eslint": (_pattern(_PATH + _AT + r" (?P<message>.+) \[Error(?:/(?P<rule>[^\]\n]+))?\]$"),),
    "tsc": (
        _pattern(
            r"^(?P<path>[^\s(:][^(:\n]*)(?:\(\d+,\d+\)|:\d+:\d+)(?::| -) error (?P<rule>TS\d+): "
            r"(?P<message>.+)$"
        ),
    ),
    "gcc": (_pattern(_GCC.format("")),),
    "clang": (_pattern(_GCC.format("")),),
    "shellcheck": (_pattern(_GCC.format("|warning|note|style")),),
    "golangci-lint": (_pattern(_PATH + _AT + r" (?P<message>.+) \((?P<rule>[\w-]+)\)$"),),
}


def read_lines(output: str, form: str, *, roots: Sequence[str] = ()) -> list[str]:
    """List the findings in a program's output, by file, rule and message."""
    found = [match.groupdict() for pattern in PATTERNS[form] for match in pattern.finditer(output)]
    if form == "eslint":
        found += _stylish(output)
    return [
        name(
            one["path"].removeprefix("./"),
            one.get("rule") or form,
            one["message"],
            roots=roots,
            moving=True,
        )
        for one in found
    ]


def _stylish(output: str) -> Iterator[dict[str, str]]:
    """Read eslint's own way: a line for the file, then one for each finding in it."""
    for file in _STYLISH_FILE.finditer(output):
        for line in _STYLISH_LINE.finditer(file["lines"]):
            yield {"path": file["path"], **line.groupdict()}
