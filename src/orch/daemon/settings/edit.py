"""Changes keys of a configuration file the way a person would: comments and order stay."""

import contextlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from tomlkit import item

from orch.daemon.settings.effective import CONFIG, Layers, lay
from orch.daemon.settings.insertion import put
from orch.daemon.settings.kinds import VARIABLES
from orch.daemon.settings.layer import Path, Place, read_value
from orch.daemon.settings.problem import Problem
from orch.daemon.settings.schema import find_key
from orch.daemon.settings.source import Document, load, parse
from orch.system.paths import Home


def set_keys(
    home: Home, checkout: File | None, *, changes: Mapping[str, str]
) -> tuple[Document, tuple[Problem, ...]]:
    """Set keys (dotted key → text as typed) in a project's file, or in the machine's.

    `checkout` None means the machine's file. Nothing is written if the result would have a
    problem that was not there before: then the problems are returned, beside the file as it
    would have become.
    """
    path = checkout / CONFIG if checkout else home.config
    before = load(path)
    if isinstance(before, Problem):
        return Document(str(path), b""), (before,)
    document = before or Document(str(path), b"")
    after = edited(document, changes, of_host=checkout is None)
    if isinstance(after, Problem):
        return document, (after,)
    other = load(home.config) if checkout else None
    new = _problems(after, other, of_project=checkout is not None)
    old = {problem.what for problem in _problems(document, other, of_project=checkout is not None)}
    problems = tuple(problem for problem in new if problem.what not in old)
    if not problems and after.data != document.data:
        replace_file(path, after.data, mode=0o644 if checkout else 0o600)
    return after, problems


def edited(document: Document, changes: Mapping[str, str], *, of_host: bool) -> Document | Problem:
    """Return the document with keys set; or what is wrong with it, a key or a value. Pure."""
    parsed = parse(document)
    if isinstance(parsed, Problem):
        return parsed
    text, wanted = document.data.decode("utf-8"), parsed.data
    for dotted, typed in changes.items():
        path = tuple(dotted.split("."))
        key = find_key(path)
        raw = key.kind.from_text(typed) if key else typed
        found = read_value(path, raw, place=Place(""), of_host=of_host)
        if isinstance(found, Problem):
            return found
        text = put(text, path, toml=_toml(raw))
        _set(wanted, path, raw=raw)
    if _parsed(text) != wanted:
        what = f"{', '.join(changes)} can't be set without disturbing the rest of the file"
        return Problem(source=document.source, what=what, remedy="write it with an editor")
    return Document(document.source, text.encode("utf-8"))


def replace_file(path: File, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file in one step: whoever reads it sees the old content or the new, whole.

    A link stays one and its file is replaced; a file that is there keeps its mode.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    mode = target.stat().st_mode & 0o777 if target.exists() else mode
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        raise


def _toml(raw: object) -> str:
    """Write a value as TOML on one line."""
    return VARIABLES.show(tuple(raw.items())) if isinstance(raw, dict) else item(raw).as_string()


def _set(table: dict[str, Any], path: Path, *, raw: object) -> None:
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = raw


def _parsed(text: str) -> dict[str, Any] | None:
    """Read the text as it came out; None if it is no longer TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _problems(
    changed: Document, other: Document | Problem | None, *, of_project: bool
) -> tuple[Problem, ...]:
    if of_project:
        return lay(Layers(host=other, project=changed)).problems
    return lay(Layers(host=changed, has_project=False)).problems
