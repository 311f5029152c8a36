"""How a configuration names the reports of a gate: what kind they are, and where they are found."""

from dataclasses import dataclass
from typing import Final

LINE_FORMATS: Final = (
    *("clang", "eslint", "flake8", "gcc", "golangci-lint", "mypy", "pylint", "ruff"),
    *("shellcheck", "tsc"),
)
"""Programs whose output is understood line by line."""

KINDS: Final = ("junit", "sarif", "lines")


@dataclass(frozen=True, slots=True)
class ReportName:
    """A report: `what` is a glob of files below the checkout, or one of `LINE_FORMATS`."""

    kind: str
    what: str


def parse_report(text: str) -> ReportName:
    """Read "junit:reports/*.xml", "sarif:lint.sarif" or "lines:ruff". Raises `ValueError`."""
    kind, _, what = text.partition(":")
    if kind not in KINDS or not what:
        raise ValueError(f'"{text}" is none of junit:FILES, sarif:FILES, lines:PROGRAM')
    if kind == "lines" and what not in LINE_FORMATS:
        raise ValueError(
            f'the lines of "{what}" are not known; known are {", ".join(LINE_FORMATS)}'
        )
    folders = what.split("/")
    if kind != "lines" and (what.startswith("/") or ".." in folders):
        raise ValueError(f'"{what}" is not below the checkout')
    if kind != "lines" and any("**" in folder and folder != "**" for folder in folders):
        raise ValueError(f'"{what}" is no pattern: `**` stands for whole folders')
    return ReportName(kind, what)
