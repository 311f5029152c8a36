"""Prove that values are read as what they are, and that nothing else gets in."""

import tomllib

import pytest

from orch.daemon.settings.kinds import (
    BRANCH,
    COMMANDS,
    FLAG,
    LINE,
    STRINGS,
    TEXT,
    VARIABLES,
    Kind,
    WrongValueError,
    choice,
    count,
    described,
)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (TEXT, "", ""),
        (LINE, "orch agent", "orch agent"),
        (FLAG, False, False),
        (COMMANDS, "make test", ("make test",)),
        (COMMANDS, ["a", "b"], ("a", "b")),
        (COMMANDS, "", ()),
        (COMMANDS, [], ()),
        (STRINGS, [".env"], (".env",)),
        (VARIABLES, {"A": "1"}, (("A", "1"),)),
        (BRANCH, "feature/ä-1", "feature/ä-1"),
        (count(0, 3), 3, 3),
        (choice(("a", "b")), "b", "b"),
    ],
)
def test_right_values_are_read(kind: Kind, raw: object, value: object) -> None:
    """A value of the right kind becomes the setting."""
    assert kind.read(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (TEXT, 3),
        (TEXT, "a\0b"),
        (LINE, " "),
        (LINE, "a\nb"),
        (FLAG, 1),
        (FLAG, "true"),
        (COMMANDS, 5),
        (COMMANDS, "  \n"),
        (COMMANDS, ["a", ""]),
        (COMMANDS, ["a", 1]),
        (STRINGS, "a"),
        (VARIABLES, ["A"]),
        (VARIABLES, {"A": 1}),
        (VARIABLES, {"A=B": "1"}),
        (count(0, 3), 4),
        (count(0, 3), True),
        (count(0, 3), 1.0),
        (choice(("a", "b")), "A"),
        *[
            (BRANCH, name)
            for name in ("", "-x", "a b", "a..b", "a~1", "refs/heads/a", "a/", "a.lock", "@", "a:b")
        ],
    ],
)
def test_wrong_values_are_refused(kind: Kind, raw: object) -> None:
    """Nothing is guessed: a number is no text, a truth value no number."""
    with pytest.raises(WrongValueError):
        kind.read(raw)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (COMMANDS, "[ -f x ] && make", ("[ -f x ] && make",)),
        (COMMANDS, '["a", "b"]', ("a", "b")),
        (STRINGS, "a, b", ("a", "b")),
        (STRINGS, '["a, b"]', ("a, b",)),
        (FLAG, "True", True),
        (count(0, 9), " 7 ", 7),
        (VARIABLES, '{A = "1"}', (("A", "1"),)),
    ],
)
def test_what_is_typed_becomes_the_value(kind: Kind, text: str, value: object) -> None:
    """A variable or an argument is text, and is taken for what its key wants."""
    assert kind.read(kind.from_text(text)) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TEXT, 'a "quoted" \\ \x7f \t ü'),
        (FLAG, True),
        (COMMANDS, ("a", "b")),
        (STRINGS, ()),
        (VARIABLES, (("A", "1"), ("B", '"'))),
        (count(0, 9), 7),
    ],
)
def test_what_is_shown_is_read_again(kind: Kind, value: object) -> None:
    """`orch config show` prints TOML that means the same."""
    assert kind.read(tomllib.loads(f"value = {kind.show(value)}")["value"]) == value


def test_what_was_found_is_described_briefly() -> None:
    """An error repeats what it found, and cuts it where it would fill the screen."""
    assert described(["a"]) == "a list"
    assert described({}) == "a table"
    flag: object = True
    assert described(flag) == "the boolean true"
    assert described(tomllib.loads("d = 2020-01-01")["d"]) == "a time"
    assert len(described("x" * 500)) < 100
