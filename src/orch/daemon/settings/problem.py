"""A problem with a configuration: where it is, what was found, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    `source` is a file, the name of an environment variable, or a flag; `line` counts from 1.
    `key` is the dotted key, if it is about one. `remedy` is what to write or which command to run.
    """

    source: str
    what: str
    remedy: str = ""
    line: int | None = None
    key: str = ""

    @property
    def where(self) -> str:
        """Return the place as editors and terminals understand it: `file:line`."""
        return self.source if self.line is None else f"{self.source}:{self.line}"

    def __str__(self) -> str:
        said = f"{self.where}: {self.what}" if self.source else self.what
        return f"{said}; {self.remedy}" if self.remedy else said
