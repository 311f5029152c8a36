"""What is passed over leaves no trace: the screen is that of the whole text."""

import random

import pytest

from orch.session_server.emulator import Emulator
from orch.session_server.skimming import skim
from tests.session_server.test_emulator import same, story

WORDS = (b"word ", b"\t", b"\xe6\x97\xa5\xe6\x9c\xac", b"x" * 70, b"e\xcc\x81", b"\r", b"\n", b"")


def text(dice: random.Random, lines: int = 8000) -> bytes:
    """Print many lines of plain text."""
    return b"".join(
        b"%d %s\r\n" % (n, b"".join(dice.choices(WORDS, k=dice.randrange(4)))) for n in range(lines)
    )


@pytest.mark.parametrize("seed", range(30))
def test_nothing_is_seen_of_it(seed: int) -> None:
    """After any story a flood of text gives the same screen, in one piece or in small ones."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    before, flood = story(seed), text(dice)
    flood = flood[: dice.randrange(len(flood) - 20, len(flood))]
    assert skim(flood, rows=12)
    skimmed, whole = Emulator.blank(rows=12, cols=40), Emulator.blank(rows=12, cols=40)
    for emulator in (skimmed, whole):
        emulator.feed(before)
    skimmed.feed(flood)
    for start in range(0, len(flood), 10_000):
        whole.feed(flood[start : start + 10_000])
    same(skimmed, whole)
    for emulator in (skimmed, whole):
        emulator.feed(b"\x1b[0m and on\x1b[A\x1b[2Xup")
    same(skimmed, whole)


@pytest.mark.parametrize("margins", [b"\x1b[3;8r", b"\x1b[?69h\x1b[5;20s", b"\x1b[2r"])
def test_margins_are_minded(margins: bytes) -> None:
    """Where not the whole screen scrolls all is read."""
    flood = text(random.Random(1))  # noqa: S311 - repeatable, not secret
    skimmed, whole = Emulator.blank(rows=12, cols=40), Emulator.blank(rows=12, cols=40)
    for emulator in (skimmed, whole):
        emulator.feed(b"\x1b[2J" + b"full line of text\r\n" * 12 + margins + b"\x1b[10;1H")
    skimmed.feed(flood)
    for start in range(0, len(flood), 10_000):
        whole.feed(flood[start : start + 10_000])
    same(skimmed, whole)


@pytest.mark.parametrize("control", [b"\x1b[1m", b"\x07", b"\x0e", b"\x08", b"\xc2\x9b", b"\xff"])
def test_only_text_is_passed_over(control: bytes) -> None:
    """One control anywhere, and all is read."""
    flood = text(random.Random(2))  # noqa: S311 - repeatable, not secret
    assert skim(flood, rows=12)
    assert skim(flood[:40_000] + control + flood[40_000:], rows=12) is None


def test_little_text_is_read() -> None:
    """Below some size, or with too few lines, there is nothing to gain."""
    assert skim(b"line\r\n" * 1000, rows=12) is None
    assert skim(b"x" * 100_000, rows=12) is None
