"""Prove that the fast parser takes what click takes, and leaves to click all it is unsure of."""

from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.cli.app import command_of
from orch.cli.parse import NotPlainError, parse
from orch.cli.registry import load_all
from orch.cli.verbs import Argument, Option, flag, verb


@verb(
    "sample",
    Argument("name"),
    Argument("more", required=False),
    flag("--json -j", "", dest="as_json"),
    Option("--count -n", "", kind="int", default=3),
    Option("--share", "", kind="float"),
    Option("--label -l", "", kind="texts"),
    Option("--mode", "", choices=("fast", "slow")),
)
def sample(**_: object) -> None:
    """Take a little of everything."""


@verb("run", Argument("task"), Argument("command", rest=True), flag("--quiet", ""))
def run(**_: object) -> None:
    """Take the rest of the line as it is."""


DEFAULTS = {
    "name": "x",
    "more": None,
    "as_json": False,
    "count": 3,
    "share": None,
    "label": (),
    "mode": None,
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x", {}),
        ("x y", {"more": "y"}),
        ("--json x", {"as_json": True}),
        ("x -j", {"as_json": True}),
        ("x --count 5", {"count": 5}),
        ("x --count=5", {"count": 5}),
        ("x -n -5", {"count": -5}),
        ("x --share 0.5", {"share": 0.5}),
        ("x -l a --label=b", {"label": ("a", "b")}),
        ("x --mode fast", {"mode": "fast"}),
        ("x -", {"more": "-"}),
        ("x -- --json", {"more": "--json"}),
    ],
)
def test_a_plain_line_is_read(line: str, expected: dict[str, object]) -> None:
    """Options may stand anywhere, values behind = or a space."""
    assert parse(sample, line.split()) == DEFAULTS | expected


@pytest.mark.parametrize(
    "line",
    ["", "--help", "x --hel", "x --count", "x --count many", "x --mode medium", "x y z", "x -jn5",
     "x --json=1", "x -n=5", "x --share a"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_click(line: str) -> None:
    """Which explains it."""
    with pytest.raises(NotPlainError):
        parse(sample, line.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("t1 -- ls -l", ("ls", "-l")),
        ("t1 ls -l --quiet", ("ls", "-l", "--quiet")),
        ("--quiet t1 ls", ("ls",)),
    ],
)
def test_the_rest_is_taken_as_it_is(line: str, expected: tuple[str, ...]) -> None:
    """Options of the other program are none of ours."""
    found = parse(run, line.split())
    assert found["task"] == "t1"
    assert found["command"] == expected


WORDS = st.lists(
    st.sampled_from(
        ["a", "b", "-", "--", "--json", "-j", "--count", "--count=4", "5", "-n", "-l", "--label=c",
         "--mode", "fast", "--share", "1.5", "--mod", "-x"]
    ),
    max_size=6,
)  # fmt: skip


@given(WORDS)
def test_whatever_the_fast_parser_takes_click_takes_the_same_way(words: list[str]) -> None:
    """There is one command line, not two."""
    try:
        fast = parse(sample, words)
    except NotPlainError:
        return
    command = command_of(sample, "sample")
    seen: dict[str, Any] = {}
    command.callback = lambda **values: seen.update(values)
    try:
        command.main(words, standalone_mode=False)
    except click.ClickException as error:
        raise AssertionError(f"click refuses {words}: {error.format_message()}") from error
    assert seen == fast


def test_no_verb_has_two_options_of_one_name() -> None:
    """Click would only warn."""
    for one in load_all():
        names = [name for option in one.options for name in option.names]
        assert len(names) == len(set(names)), one.path
        dests = [o.dest for o in one.options] + [a.dest for a in one.arguments]
        assert len(dests) == len(set(dests)), one.path
