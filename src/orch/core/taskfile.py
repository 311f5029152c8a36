"""Reads many tasks out of one file: Markdown with headings, a Markdown list, or JSON Lines."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from orch.core.names import slug

_HEADING = re.compile(r"##\s+(?P<title>.+?)\s*#*\s*")
_BULLET = re.compile(r"[-*+]\s+(?:\[(?P<mark>[ xX])\]\s+)?(?P<title>\S.*?)\s*")
_FIELD = re.compile(
    r"(?P<name>key|agent|priority|labels?|after|slug):\s*(?P<value>.+?)\s*", re.IGNORECASE
)
_LISTS = frozenset({"labels", "after"})
_TEXTS = frozenset({"title", "prompt", "key", "agent", "slug"})


class TaskFileError(Exception):
    """The file can't be read as tasks; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One task of a file, as it was written; `line` is where it starts.

    `key` is what makes adding the file again harmless: the one that was written, or one made of
    the file's name and the title.
    """

    title: str
    key: str
    line: int
    prompt: str = ""
    agent: str | None = None
    slug: str = ""
    priority: int = 0
    labels: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def parse(text: str, *, source: str) -> list[Wanted]:
    """Read the tasks of a file, in their order; `source` is the file's name.

    A file whose first character is `{` is JSON Lines. Otherwise each `## heading` is a task and
    what follows its prompt; a file without such headings is a list, one task a bullet, with what
    is indented below as its prompt. Lines `key:`, `agent:`, `priority:`, `labels:`, `after:`
    directly below the title set these. Bullets that are ticked off are left out.
    Raises `TaskFileError`.
    """
    if text.lstrip().startswith("{"):
        wanted = list(_json_lines(text, source))
    else:
        lines = text.splitlines()
        titled = any(_HEADING.fullmatch(line) for line in lines)
        blocks = _sections(lines) if titled else _bullets(lines)
        wanted = [_of_block(block, source) for block in blocks]
    if not wanted:
        raise TaskFileError(f"{source} has no tasks: write `- title` or `## title` lines")
    return _without_doubles(wanted, source)


@dataclass(slots=True)
class _Block:
    title: str
    line: int
    body: list[str]


def _sections(lines: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    fenced = False
    for number, line in enumerate(lines, 1):
        fenced ^= line.lstrip().startswith("```")
        found = None if fenced else _HEADING.fullmatch(line)
        if found:
            if block:
                yield block
            block = _Block(found["title"], number, [])
        elif block:
            block.body.append(line)
    if block:
        yield block


def _bullets(lines: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, 1):
        found = _BULLET.fullmatch(line)
        if found:
            if block:
                yield block
            done = (found["mark"] or "").strip()
            block = None if done else _Block(found["title"], number, [])
        elif block and (not line.strip() or line[0] in " \t"):
            block.body.append(line)
        elif block:
            yield block
            block = None
    if block:
        yield block


def _of_block(block: _Block, source: str) -> Wanted:
    fields: dict[str, str] = {}
    body = list(block.body)
    while body and (not body[0].strip() or _FIELD.fullmatch(body[0].strip())):
        if found := _FIELD.fullmatch(body.pop(0).strip()):
            name = found["name"].lower()
            fields["labels" if name == "label" else name] = found["value"]
    prompt = "\n".join(_dedent(body)).strip()
    return _wanted({"title": block.title, "prompt": prompt, **fields}, block.line, source=source)


def _dedent(lines: list[str]) -> list[str]:
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    return [line[margin:].rstrip() for line in lines]


def _json_lines(text: str, source: str) -> Iterator[Wanted]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise TaskFileError(f"{source}:{number}: this is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise TaskFileError(f"{source}:{number}: a task is one JSON object a line")
        yield _wanted(found, number, source=source)


def _wanted(found: dict[str, object], line: int, *, source: str) -> Wanted:
    where = f"{source}:{line}"
    texts = {name: _text(found[name], f"{where}: {name}") for name in _TEXTS & found.keys()}
    title = texts.get("title", "").strip()
    if not title:
        raise TaskFileError(f"{where}: a task needs a title")
    if strangers := sorted(found.keys() - _TEXTS - _LISTS - {"priority"}):
        known = ", ".join(sorted(_TEXTS | _LISTS | {"priority"}))
        raise TaskFileError(f"{where}: unknown field {strangers[0]!r}; there are {known}")
    return Wanted(
        title=title,
        key=texts.get("key") or f"{'-'.join(source.split())}#{slug(title) or line}",
        line=line,
        prompt=texts.get("prompt", ""),
        agent=texts.get("agent"),
        slug=texts.get("slug", ""),
        priority=_number(found.get("priority", 0), f"{where}: priority"),
        labels=_words(found.get("labels", ()), f"{where}: labels"),
        after=_words(found.get("after", ()), f"{where}: after"),
    )


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise TaskFileError(f"{what} is a text")
    return value


def _number(value: object, what: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TaskFileError(f"{what} is a whole number")
    return value


def _words(value: object, what: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word for word in re.split(r"[,\s]+", value) if word)
    if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise TaskFileError(f"{what} is a list of words")


def _without_doubles(wanted: list[Wanted], source: str) -> list[Wanted]:
    seen: dict[str, int] = {}
    for one in wanted:
        if one.key in seen:
            raise TaskFileError(
                f"{source}:{one.line}: the task of line {seen[one.key]} has the same key "
                f"{one.key!r}; give this one a line `key: …` of its own"
            )
        seen[one.key] = one.line
    return wanted


def order(wanted: list[Wanted]) -> list[Wanted]:
    """Put each task behind those of the file that it waits for. Raises `TaskFileError`."""
    by_key = {one.key: one for one in wanted}
    placed: dict[str, Wanted] = {}
    while len(placed) < len(wanted):
        free = [
            one
            for one in wanted
            if one.key not in placed and not (set(one.after) & by_key.keys()) - placed.keys()
        ]
        if not free:
            stuck = next(one for one in wanted if one.key not in placed)
            raise TaskFileError(f"line {stuck.line}: {stuck.key!r} would wait for itself")
        placed |= {one.key: one for one in free}
    return list(placed.values())
