"""A redraw or a snapshot shows what the terminal showed, wherever it is taken."""

import random

import pytest

from orch.session_server.emulator import Emulator
from orch.session_server.ghostty import CannotRestore

PIECES = (
    *(b"hello ", b"\r\n", b"wide \xe6\x97\xa5\xe6\x9c\xac", b"\t", b"e\xcc\x81", b"\x08\x08"),
    *(b"\x1b[31m", b"\x1b[1;44m", b"\x1b[38;2;1;2;3m", b"\x1b[0m", b"\x1b[4:3m", b"\x1b[7m"),
    *(b"\x1b[5;7H", b"\x1b[A", b"\x1b[99C", b"\x1b[K", b"\x1b[2J", b"\x1b[3L", b"\x1b[2P"),
    *(b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h", b"\x1b[?2004h", b"\x1b[?1h"),
    *(b"\x1b7", b"\x1b8", b"\x1bM", b"\x1b[3;8r", b"\x1b[r", b"\x1b]0;title\x07", b"\x1b[4h"),
    *(b"\x1b[4l", b"\x1b[1000h", b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", b"x" * 200, b"\n"),
)


def story(seed: int, length: int = 120) -> bytes:
    """Print something that a full-screen program might, cut anywhere."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    whole = b"".join(dice.choice(PIECES) for _ in range(length))
    return whole[: dice.randrange(len(whole))]


def same(one: Emulator, other: Emulator) -> None:
    """Compare what two terminals show and do."""
    assert one.text == other.text
    assert one.cursor == other.cursor
    assert one.is_alternate == other.is_alternate
    assert (one.rows, one.cols) == (other.rows, other.cols)


@pytest.mark.parametrize("seed", range(40))
def test_a_redraw_shows_the_same(seed: int) -> None:
    """Another terminal, whatever it showed before, shows the same after it, and goes on so."""
    mine, theirs = Emulator.blank(rows=12, cols=40), Emulator.blank(rows=12, cols=40)
    mine.feed(story(seed))
    theirs.feed(story(seed + 1000) + b"\x18")
    theirs.feed(mine.redraw())
    same(mine, theirs)
    # The end of what was cut off belongs to the beginning.
    for emulator in (mine, theirs):
        emulator.feed(b"\x18\x1b[0mand on\x1b[6n")
    same(mine, theirs)


@pytest.mark.parametrize("seed", range(40))
def test_a_snapshot_is_the_same(seed: int) -> None:
    """A restored terminal can't be told from the one it was taken of, in redraw and snapshot."""
    mine = Emulator.blank(rows=12, cols=40)
    mine.feed(story(seed))
    copy = Emulator.restore(mine.snapshot())
    same(mine, copy)
    assert copy.redraw() == mine.redraw()
    for emulator in (mine, copy):
        emulator.resize(rows=9, cols=31)
        emulator.feed(story(seed + 2000) + b"\x18\x1b[?1049l")
    same(mine, copy)
    assert copy.redraw() == mine.redraw()


def test_an_unfinished_sequence_goes_along() -> None:
    """What is cut in the middle is finished by what comes next, in a redraw as in a snapshot."""
    mine, theirs = Emulator.blank(rows=5, cols=20), Emulator.blank(rows=5, cols=20)
    mine.feed(b"red: \x1b[3")
    theirs.feed(mine.redraw())
    copy = Emulator.restore(mine.snapshot())
    for emulator in (mine, theirs, copy):
        emulator.feed(b"1mX\xe6\x97")
        emulator.feed(b"\xa5")
        assert emulator.text == "red: X\u65e5"
    same(mine, theirs)


def test_both_screens_are_drawn() -> None:
    """A viewer that comes while a full-screen program runs sees the shell when that has ended."""
    mine, theirs = Emulator.blank(rows=5, cols=20), Emulator.blank(rows=5, cols=20)
    mine.feed(b"shell$ vi\x1b[?1049h\x1b[2J\x1b[Htext in vi")
    theirs.feed(mine.redraw())
    assert (theirs.text, theirs.is_alternate) == ("text in vi", True)
    theirs.feed(b"\x1b[?1049l")
    assert (theirs.text, theirs.is_alternate) == ("shell$ vi", False)


def test_questions_are_answered() -> None:
    """Position, kind, colours, keyboard and version are told, as a terminal would."""
    emulator = Emulator.blank(rows=5, cols=20)
    assert emulator.feed_and_answer(b"ab\x1b[6n") == b"\x1b[1;3R"
    assert emulator.feed_and_answer(b"\x1b[c").startswith(b"\x1b[?")
    assert b"rgb:" in emulator.feed_and_answer(b"\x1b]11;?\x07")
    assert emulator.feed_and_answer(b"\x1b[?u") == b"\x1b[?0u"
    assert emulator.feed_and_answer(b"no question") == b""


def test_the_title_is_known() -> None:
    """What the program calls its window is told, in any letters."""
    emulator = Emulator.blank(rows=5, cols=20)
    assert emulator.title == ""
    emulator.feed("\x1b]2;✳ Größe\x07".encode())
    assert emulator.title == "✳ Größe"


def test_noise_is_no_snapshot() -> None:
    """What is damaged is refused, not believed."""
    whole = Emulator.blank(rows=5, cols=20).snapshot()
    for noise in (b"", b"noise", whole[: len(whole) // 2]):
        with pytest.raises(CannotRestore):
            Emulator.restore(noise)
