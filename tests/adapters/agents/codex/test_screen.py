"""Prove what is read from Codex's screens, and that what an agent quotes is not."""

from pathlib import Path

import pytest

from orch.adapters.agents.codex.screen import Seen, Shows, see
from orch.core.signs import Trouble

SCREENS = Path(__file__).parent / "recordings" / "tui"


def seen(name: str) -> Seen:
    """Read a recorded screen."""
    return see((SCREENS / f"{name}.txt").read_text(encoding="utf-8"))


def test_an_approval() -> None:
    """A request stands in place of the prompt, with what is wanted, why, and the keys."""
    for name in ("approval", "old-approval"):
        found = seen(name)
        assert found.shows is Shows.PERMISSION
        assert found.words == "git add -A && git commit -qm scripted (commit needs .git)"
        assert [(one.number, one.key) for one in found.options] == [
            ("1", "y"),
            ("2", "p"),
            ("3", "esc"),
        ]
        assert found.options[0].label == "Yes, proceed"


def test_a_question() -> None:
    """Its own words are those below the count; a label ends where its description begins."""
    found = seen("question")
    assert (found.shows, found.words) == (Shows.QUESTION, "Which colour?")
    assert [one.label for one in found.options] == ["red", "blue", "None of the above"]


@pytest.mark.parametrize(
    ("name", "ref", "keys", "trouble"),
    [
        ("trust", "trust-folder", b"\r", None),
        ("hooks-review", "hooks-review", b"3", None),
        ("sign-in", "sign-in", b"", Trouble.SIGNED_OUT),
    ],
)
def test_known_dialogs(name: str, ref: str, keys: bytes, trouble: Trouble | None) -> None:
    """A dialog of the program's own is known by its words, with the keys that do no harm."""
    found = seen(name)
    assert found.shows is Shows.DIALOG
    assert found.known is not None
    assert (found.known.ref, found.known.keys, found.known.trouble) == (ref, keys, trouble)


def test_an_unknown_dialog_has_no_keys() -> None:
    """What nobody has read before is for a person."""
    text = "\n  Erase the disk?\n\n\u203a 1. Yes\n  2. No\n\n  enter confirm · esc cancel\n"
    found = see(text)
    assert (found.shows, found.words, found.known) == (Shows.DIALOG, "Erase the disk?", None)


@pytest.mark.parametrize("name", ["quoted", "done", "typed", "denied", "interrupted"])
def test_a_prompt_is_no_dialog(name: str) -> None:
    """Whatever was said above it: a dialog, an error, a list of choices."""
    assert seen(name).shows is Shows.PROMPT
    assert not seen(name).works


def test_what_an_agent_quotes_is_no_error() -> None:
    """Its words are indented; an error of the program's own stands at the margin."""
    assert seen("quoted").words == ""
    assert seen("no-such-model").words.startswith("The model `nope` does not exist")
    assert seen("usage-limit").words.endswith("try again at 10:29 AM.")
    assert seen("interrupted").words.startswith("Conversation interrupted")


def test_an_error_further_up_is_of_another_turn() -> None:
    """Only what the conversation ends with is of now."""
    conversation = "■ You've hit your usage limit.\n\n\u203a go on\n\n• Done.\n\n"
    assert see(f"{conversation}\u203a Ask Codex to do anything\n\n  gpt-5\n").words == ""


@pytest.mark.parametrize("name", ["working", "steered", "retrying"])
def test_that_it_works(name: str) -> None:
    """The line above the prompt says so, with what it waits for beside it."""
    assert seen(name).works


def test_messages_that_wait() -> None:
    """What was typed in mid-turn stands above the prompt until the next step takes it."""
    assert seen("steered").pending == ("also do that",)


def test_a_retry() -> None:
    """It says which try it is and why."""
    assert seen("retrying").retry.startswith("Reconnecting... 2/5 (Unexpected status 401")
    assert seen("working").retry == ""


@pytest.mark.parametrize("text", ["", "\n\n", "$ ls\nfile\n", "  >_ OpenAI Codex (v0.169.0)\n"])
def test_nothing_of_it(text: str) -> None:
    """Between two pictures, before the first and after the last there is no prompt."""
    assert see(text) == Seen()
