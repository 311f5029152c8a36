"""Prove that the chain notices every way of tampering with it, and that no secret gets into it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from orch.core.audit import (
    Break,
    Command,
    Entry,
    Fault,
    Link,
    check,
    check_end,
    clean,
    parse,
    seal,
    write,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def chain(count: int) -> tuple[list[bytes], Link]:
    """Make the lines of some commands, and where their chain stands."""
    link, lines = Link(), []
    for n in range(count):
        command = Command(at=float(n), actor="person:ada", pid=7, method="task.add", outcome="ok")
        entry = seal(command, link)
        lines.append(write(entry))
        link = entry.link
    return lines, link


def walk(lines: list[bytes], *known: Link) -> Fault | None:
    """Check lines one after the other; return the first fault."""
    link = Link()
    for line in lines:
        found = check(line, link, known=known)
        if isinstance(found, Fault):
            return found
        link = found.link
    return check_end(link, known=known)


@given(st.dictionaries(st.text(), VALUES, max_size=4), st.text(), st.floats(allow_nan=False))
def test_what_was_sealed_holds(params: dict[str, object], actor: str, at: float) -> None:
    """Whatever somebody sends as parameters: it is one line, and reads back as it was written."""
    at = at if abs(at) < 1e300 else 0.0
    entry = seal(Command(at=at, actor=actor, method="m", outcome="ok", params=params), Link())
    line = write(entry)
    assert line.count(b"\n") == 1
    assert parse(line) == entry
    assert isinstance(check(line, Link()), Entry)


@given(st.integers(0, 9), st.data())
def test_each_change_is_found(which: int, data: st.DataObject) -> None:
    """Another letter anywhere in a line, and the chain doesn't hold at that line."""
    lines, _ = chain(10)
    line = bytearray(lines[which])
    place = data.draw(st.integers(0, len(line) - 2))
    line[place] = data.draw(st.integers(32, 126).filter(lambda byte: byte != line[place]))
    lines[which] = bytes(line)
    found = walk(lines)
    same = parse(lines[which]) == parse(chain(10)[0][which])
    assert same or (found is not None and found.seq == which + 1)


@given(st.integers(0, 8), st.integers(1, 5))
def test_a_missing_piece_is_found(start: int, count: int) -> None:
    """What was cut out of the middle is named; the end is missed by who remembers the head."""
    lines, head = chain(10)
    found = walk(lines[:start] + lines[start + count :], head)
    assert found is not None
    assert found.seq == start + 1
    assert found.kind is (Break.DELETED if start + count < 10 else Break.TRUNCATED)


def test_another_order_is_found() -> None:
    """Two lines that changed places, or one that stands there twice."""
    lines, _ = chain(4)
    assert walk([lines[0], lines[2], lines[1]]) is not None
    twice = walk([lines[0], lines[1], lines[1]])
    assert twice is not None
    assert twice.kind is Break.REORDERED


def test_a_log_that_was_written_anew_is_found_by_a_head() -> None:
    """A chain that holds in itself, but is not the one that was."""
    _, head = chain(4)
    link, lines = Link(), []
    for _ in range(5):
        entry = seal(Command(at=9.0, actor="eve", method="m", outcome="ok"), link)
        link = entry.link
        lines.append(write(entry))
    assert walk(lines) is None
    found = walk(lines, head)
    assert found is not None
    assert (found.kind, found.seq) == (Break.REPLACED, 4)


def test_no_secret_gets_in() -> None:
    """By the names of parameters and settings, and by the looks of a text."""
    found = clean(
        {
            "token": "t0ps3cret",
            "changes": {
                "state.dsn": "postgresql://ada:t0ps3cret@db/x",
                "agents.a.env": '{ KEY = "t0ps3cret" }',
                "landing.base_branch": "main",
            },
            "repo": "https://ada:t0ps3cret@example.org/r.git",
            "title": "use sk-t0ps3cretsk-t0ps3cret please",
            "prompt": "x" * 190 + " ghp_t0ps3crett0ps3crett0ps3cret" + "y" * 100,
            "tokens": 12,
        }
    )
    assert "t0ps3cret" not in json.dumps(found)
    assert found["tokens"] == 12
    assert isinstance(found["changes"], dict)
    assert found["changes"]["landing.base_branch"] == "main"


def test_long_texts_are_cut() -> None:
    """A prompt of a megabyte makes no line of a megabyte; what it was can still be proven."""
    found = clean({"prompt": "x" * 10**6, "many": list(range(1000))})
    assert len(json.dumps(found)) < 1000
    assert "1000000 characters, sha256" in str(found["prompt"])
