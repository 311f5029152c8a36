"""Reads a configuration file's bytes; what keeps it from being read is told, not raised."""

import hashlib
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from orch.daemon.settings.lines import key_lines
from orch.daemon.settings.problem import Problem

LARGEST_BYTES = 1024 * 1024
"""A configuration is written by hand; what is larger is something else."""


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a configuration, and where it is from (a path, for messages)."""

    source: str
    data: bytes

    @property
    def digest(self) -> str:
        """Return the hash by which the content is trusted."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document that is valid TOML: its data, and the lines of its keys."""

    source: str
    data: dict[str, object]
    lines: dict[tuple[str, ...], int]


def load(path: Path) -> Document | Problem | None:
    """Read a file; None if there is none. Never waits, whatever stands at the path."""
    source = str(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return _unreadable(source, error)
    try:
        return _content(source, descriptor)
    except OSError as error:
        return _unreadable(source, error)
    finally:
        os.close(descriptor)


def parse(document: Document) -> Parsed | Problem:
    """Read a document as TOML; what is wrong is told with its line."""
    try:
        text = document.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Problem(
            source=document.source,
            line=document.data.count(b"\n", 0, error.start) + 1,
            what=f"the byte 0x{document.data[error.start]:02x} is not UTF-8",
            remedy="save the file as UTF-8",
        )
    if text.startswith("\N{BYTE ORDER MARK}"):
        return Problem(
            source=document.source,
            line=1,
            what="the file starts with a byte order mark",
            remedy="save it as UTF-8 without one",
        )
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return _syntax(document, error)
    except RecursionError:
        return Problem(source=document.source, what="tables or lists are nested too deeply")
    return Parsed(document.source, data, key_lines(text.replace("\r\n", "\n")))


def _content(source: str, descriptor: int) -> Document | Problem:
    """Read an open file, if it is one."""
    found = os.fstat(descriptor)
    if stat.S_ISDIR(found.st_mode):
        return Problem(source=source, what="this is a folder", remedy="a file belongs here")
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_BYTES:
        return Problem(
            source=source,
            what="this is no configuration: no ordinary file of at most 1 MB",
            remedy="move it away; orch init writes a fresh one",
        )
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return Document(source, file.read(LARGEST_BYTES))


def _unreadable(source: str, error: OSError) -> Problem:
    return Problem(
        source=source,
        what=f"it can't be read ({error.strerror})",
        remedy="make it readable for the user that runs orch",
    )


def _syntax(document: Document, error: tomllib.TOMLDecodeError) -> Problem:
    """Tell an error of TOML's grammar; the parser puts the line into its message."""
    found = re.search(r"^(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    said = found[1] if found else str(error)
    line = int(found[2]) if found and found[2] else document.data.rstrip().count(b"\n") + 1
    column = f" (column {found[3]})" if found and found[3] else ""
    return Problem(
        source=document.source,
        line=line,
        what=f"this is not TOML: {said[:1].lower()}{said[1:]}{column}",
        remedy="strings need quotes, and a table starts with [name]",
    )
