"""Reads JUnit XML, as test runners of most languages write it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from orch.adapters.gates.reports.names import Unreadable, name

_FAILED: Final = frozenset({"failure", "error"})
_DEEPEST: Final = 200


def read_junit(raw: bytes, *, roots: Sequence[str] = ()) -> list[str]:
    """List the tests that failed. Raises `Unreadable`, also where suites count more failures.

    A test is named by its class (or file) and its name. A failure of a suite itself counts.
    """
    parser = expat.ParserCreate()
    reading = _Reading(roots)
    parser.StartElementHandler = reading.begin
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - the parser takes it by position only
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable(f"it is no XML: {error}") from error
    if reading.counted > len(reading.failures):
        raise Unreadable(f"it counts {reading.counted} failures and names fewer")
    return reading.failures


def _refuse(*_: object) -> None:
    # Only there can entities be declared, of which a few lines can make gigabytes.
    raise Unreadable("it declares a document type")


@dataclass(slots=True)
class _Reading:
    """Where the parser stands, and what it has found."""

    roots: Sequence[str]
    failures: list[str] = field(default_factory=list)
    counted: int = 0
    _path: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _failed: bool = False

    def begin(self, tag: str, given: dict[str, str]) -> None:
        """Enter an element."""
        if len(self._path) >= _DEEPEST:
            raise Unreadable("it is nested too deeply")
        above = self._path[-1][0] if self._path else ""
        if tag == "testsuite" and above != "testsuite":
            # Suites in suites are counted in those around them.
            self.counted += _count(given.get("failures")) + _count(given.get("errors"))
        if tag in _FAILED and above == "testcase" and not self._failed:
            self._failed = True
            self._tell(self._path[-1][1])
        elif tag in _FAILED and above == "testsuite":
            self._tell(self._path[-1][1])
        self._path.append((tag, given))

    def end(self, tag: str) -> None:
        """Leave an element."""
        self._path.pop()
        if tag == "testcase":
            self._failed = False

    def _tell(self, about: dict[str, str]) -> None:
        where = about.get("classname") or about.get("file") or ""
        what = about.get("name", "")
        if not where and not what:
            raise Unreadable("a test that failed has no name")
        self.failures.append(name(where, what, roots=self.roots))


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - no report counts more
