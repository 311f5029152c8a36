"""What is typed into a program's screen is text, and never anything that a terminal obeys."""

from hypothesis import given
from hypothesis import strategies as st

from orch.adapters.agents.typing import ENTER, ESCAPE, clean, pasted, typed
from orch.core.signs import SignKind


@given(st.text())
def test_a_message_can_neither_end_its_paste_nor_act(text: str) -> None:
    """No escape, no control sign but line ends and tabs is left in it."""
    cleaned = clean(text)
    assert not any(sign < " " and sign not in "\n\t" for sign in cleaned)
    assert not any("\x7f" <= sign <= "\x9f" for sign in cleaned)
    assert clean(cleaned) == cleaned


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_is_left_alone(text: str) -> None:
    """All that a keyboard writes arrives as it was."""
    assert clean(text) == text


def test_line_ends_are_of_one_kind_and_words_stay_apart() -> None:
    """A carriage return would submit; a space of any width is a space."""
    assert clean("a\r\nb\rc\td") == "a\nb\nc\td"
    assert clean("a\u00a0b\u2028c") == "a b c"
    assert clean("x\x1b[201~\x03y") == "x[201~y"
    assert clean("äöü 漢字 ✓") == "äöü 漢字 ✓"


def test_a_paste_is_submitted_and_only_enter_is_pressed_again() -> None:
    """The text itself is never written twice."""
    writing = pasted("do this\nand that", confirms=[SignKind.ACCEPTED])
    paste, enter = writing.strokes
    assert paste.what == b"\x1b[200~do this\nand that\x1b[201~"
    assert paste.pause_s > 0
    assert enter.what == ENTER
    assert [one.what for one in writing.again] == [ENTER]
    assert writing.confirms == {SignKind.ACCEPTED}


def test_keys_are_pressed_one_by_one() -> None:
    """With a pause after each, and nothing again."""
    writing = typed(ESCAPE, b"1", pause_s=0.5)
    assert [(one.what, one.pause_s) for one in writing.strokes] == [(ESCAPE, 0.5), (b"1", 0.5)]
    assert writing.again == ()
