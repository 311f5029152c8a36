"""Prove what Gemini's titles, hooks and screen are read as, on what it really showed."""

from pathlib import Path

import pytest
from hypothesis import given

from orch.adapters.agents.gemini.terminal import TerminalReader
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.ports.agent import Writing
from tests.adapters.agents.readings import (
    AT,
    cuts,
    first,
    hear_all,
    hooks_of,
    kinds,
    read_all,
    shown,
)

RECORDINGS = Path(__file__).parent / "recordings"
TITLES = (RECORDINGS / "titles.raw").read_bytes()


def see(reader: TerminalReader, name: str) -> list[Sign]:
    """Show a recorded screen."""
    text = (RECORDINGS / f"screen-{name}.txt").read_text(encoding="utf-8")
    return list(reader.look(shown(text), at=AT))


def begin_turn(reader: TerminalReader) -> None:
    """Let a hook tell that a turn began."""
    records = hooks_of(RECORDINGS / "hooks.jsonl")
    reader.hook(next(one for one in records if one.event == "BeforeAgent"))


def keys(writing: Writing | None) -> bytes:
    """Join what a writing would type."""
    assert writing is not None
    return b"".join(stroke.what for stroke in writing.strokes if isinstance(stroke.what, bytes))


@given(at=cuts())
def test_titles(at: list[int]) -> None:
    """The title tells ready and busy once each time; before the first prompt it tells nothing."""
    signs = read_all(TerminalReader(), TITLES, at=at)
    assert kinds(signs) == [
        *("busy", "busy", "busy"),
        *("ready", "busy", "ready", "busy", "ready"),
    ]
    assert {sign.source for sign in signs} == {Source.TITLE}


def test_hooks() -> None:
    """Hooks tell turns, tools and the last words; what ends thrice is told never."""
    signs = hear_all(TerminalReader(), RECORDINGS / "hooks.jsonl")
    turn = ["accepted", "turn_began", "said", "turn_ended"]
    assert kinds(signs) == [
        *("conversation", "accepted", "turn_began"),
        *("tool_began", "tool_ended") * 2,
        *("said", "turn_ended"),
        *turn,
        *turn,
    ]
    began, done = (first(signs, kind).ref for kind in (SignKind.TOOL_BEGAN, SignKind.TOOL_ENDED))
    assert began == done


@pytest.mark.parametrize(
    ("name", "text", "choices"),
    [
        ("perm1", "WriteFile Writing to hello.txt", ["1", "2", "4"]),
        ("perm2", "Shell git add -A", ["1", "2", "3"]),
    ],
)
def test_a_request_stands_in_the_prompts_place(name: str, text: str, choices: list[str]) -> None:
    """What is wanted and the choices are read from its box; a number answers."""
    reader = TerminalReader()
    begin_turn(reader)
    (wanted,) = see(reader, name)
    assert wanted.kind is SignKind.WANTS_PERMISSION
    assert text in wanted.text
    assert [choice.id for choice in wanted.choices] == choices
    assert [choice.grants for choice in wanted.choices] == [True, True, False]
    assert reader.say("go on", ref="m1") is None
    assert keys(reader.answer(wanted.ref, choice=choices[-1])) == choices[-1].encode()
    assert kinds(see(reader, "done")) == ["settled"]
    assert reader.answer(wanted.ref, choice="1") is None
    assert b"go on" in keys(reader.say("go on", ref="m1"))


def test_a_question_takes_a_choice_or_words() -> None:
    """One's own words go behind the choice that takes them."""
    reader = TerminalReader()
    (asked,) = see(reader, "question")
    assert (asked.kind, "Which colour?" in asked.text) == (SignKind.ASKED, True)
    assert [choice.label for choice in asked.choices] == ["Red", "Blue"]
    assert keys(reader.answer(asked.ref, choice="2")) == b"2"
    assert keys(reader.answer(asked.ref, choice="", text="Green")).startswith(b"3\x1b[200~Green")


def test_the_trust_dialog_is_known_and_safe() -> None:
    """A dialog of the table carries the keys that answer it."""
    (dialog,) = see(TerminalReader(), "first")
    assert (dialog.kind, dialog.ref, dialog.keys) == (SignKind.DIALOG, "trust-folder", b"1")


def test_stale_and_quoted_dialogs_are_not_read() -> None:
    """The dialog that still stands above the prompt is over."""
    for name in ("working", "done"):
        assert see(TerminalReader(), name) == []


def test_an_error_ends_a_turn() -> None:
    """Gemini's own error above the prompt is told once, and not again as the next turn begins."""
    reader = TerminalReader()
    assert see(reader, "failed") == []
    see(reader, "done")
    begin_turn(reader)
    failed = see(reader, "failed")
    assert kinds(failed) == ["trouble", "turn_ended"]
    assert (failed[0].trouble, failed[0].text) == (Trouble.SIGNED_OUT, "invalid x-api-key")
    begin_turn(reader)
    assert see(reader, "failed") == []


def test_a_cancelled_turn_has_ended() -> None:
    """No hook tells it; the screen does."""
    reader = TerminalReader()
    begin_turn(reader)
    (done,) = see(reader, "cancelled")
    assert (done.kind, done.ok) == (SignKind.TURN_ENDED, False)


@pytest.mark.parametrize(
    ("name", "kinds_told", "trouble"),
    [
        ("no-such-model", ["trouble", "turn_ended"], Trouble.NO_SUCH_MODEL),
        ("usage-limit", ["limited"], Trouble.USAGE_LIMIT),
    ],
)
def test_a_dialog_that_stands_for_an_error(
    name: str, kinds_told: list[str], trouble: Trouble
) -> None:
    """It is told as the error; nobody is asked, and nothing is typed into it."""
    reader = TerminalReader()
    begin_turn(reader)
    signs = see(reader, name)
    assert kinds(signs) == kinds_told
    assert signs[0].trouble is trouble
    assert reader.say("hello", ref="m1") is None


def test_interrupt_and_close() -> None:
    """Escape cancels; Ctrl-C twice ends the program."""
    assert keys(TerminalReader().interrupt()) == b"\x1b"
    assert keys(TerminalReader().close()) == b"\x03\x03"
