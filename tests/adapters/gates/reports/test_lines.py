"""Prove that findings are read from what linters and compilers print."""

import pytest

from orch.adapters.gates.reports.lines import PATTERNS, read_lines
from orch.core.report_names import LINE_FORMATS

PRINTED = {
    "ruff": (
        "a/b.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.\n",
        ["a/b.py F401 `os` imported but unused"],
    ),
    "flake8": (
        "./a.py:3:80: E501 line too long (81 > 79)\n",
        ["a.py E501 line too long (81 > 79)"],
    ),
    "pylint": (
        "************* Module a\na.py:1:0: C0114: Missing docstring (missing-module-docstring)\n",
        ["a.py C0114 Missing docstring (missing-module-docstring)"],
    ),
    "mypy": (
        "a.py:3: error: Name defined on line 2  [no-redef]\nb.py: error: Bad file\nFound 2\n",
        ["a.py mypy Name defined on line _ [no-redef]", "b.py mypy Bad file"],
    ),
    "eslint": (
        "/w/a.js:1:1: Unexpected var. [Error/no-var]\n/w/a.js:2:1: Odd. [Warning/x]\n1 problem\n",
        ["a.js no-var Unexpected var."],
    ),
    "tsc": (
        "a.ts(1,7): error TS2322: Type 'x' is not 'y'.\nb.ts:1:7 - error TS1005: ';' expected.\n",
        ["a.ts TS2322 Type 'x' is not 'y'.", "b.ts TS1005 ';' expected."],
    ),
    "gcc": (
        "a.c: In:\na.c:2:3: error: 'x'\na.c:9:1: warning: z\na.c:1:10: fatal error: y.h: No file\n",
        ["a.c error 'x'", "a.c fatal error y.h: No file"],
    ),
    "clang": ("a.c:2:3: error: expected ';'\n  x\n  ^\n", ["a.c error expected ';'"]),
    "shellcheck": ("a.sh:2:6: note: Quote it [SC2086]\n", ["a.sh note Quote it [SC2086]"]),
    "golangci-lint": (
        "a.go:1:2: Error return value is not checked (errcheck)\n",
        ["a.go errcheck Error return value is not checked"],
    ),
}


@pytest.mark.parametrize("form", LINE_FORMATS)
def test_each_program_is_understood(form: str) -> None:
    """A finding a line; what else it prints is none."""
    printed, wanted = PRINTED[form]
    assert read_lines(printed, form, roots=("/w",)) == wanted


def test_every_format_has_a_reader() -> None:
    """What a configuration may name is what can be read."""
    assert PATTERNS.keys() == set(LINE_FORMATS) == PRINTED.keys()


def test_ruff_is_understood_in_full() -> None:
    """As it prints unless told otherwise, with the place below the message."""
    printed = (
        "F401 [*] `os` imported but unused\n --> a.py:1:8\n  |\n1 | import os\n  |        ^^\n  |\n"
        "help: Remove unused import: `os`\n\nFound 1 error.\n"
    )
    assert read_lines(printed, "ruff") == ["a.py F401 `os` imported but unused"]


def test_eslint_is_understood_as_it_prints_by_itself() -> None:
    """A line for the file, then its findings; warnings don't fail it."""
    printed = (
        "\n/w/src/a.js\n  1:1   error    Unexpected var                   no-var\n"
        "  2:10  warning  Odd  x/y\n  3:5   error    Parsing error: Unexpected token\n\n"
        "/w/b.js\n  1:1  error  'a' is not defined  no-undef\n\n✖ 4 problems (3 errors)\n"
    )
    assert read_lines(printed, "eslint", roots=("/w",)) == [
        "src/a.js no-var Unexpected var",
        "src/a.js eslint Parsing error: Unexpected token",
        "b.js no-undef 'a' is not defined",
    ]


def test_a_flood_is_read_in_one_go() -> None:
    """Long lines and a million characters are nothing to the patterns."""
    for form in LINE_FORMATS:
        assert read_lines("x" * 500_000 + "\n" + "a:1:1: " * 70_000, form) == []
