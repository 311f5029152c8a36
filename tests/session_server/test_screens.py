"""The screen that is replayed is the screen that was, after any cuts, sizes and rotations."""

import random
from pathlib import Path

import pytest

from orch.session_server.emulator import Emulator
from orch.session_server.screens import Screens
from orch.session_server.transcript import Transcript
from tests.session_server.test_emulator import same, story

CAP = 256 * 1024


class Recorded:
    """A transcript with its screens, beside a terminal that sees everything at once."""

    def __init__(self, folder: Path, name: str = "t1.1") -> None:
        self.folder, self.name = folder, name
        self.screens = Screens()
        self.transcript = self.open(self.screens)
        self.truth = Emulator.blank(rows=12, cols=40)
        self.resize(12, 40)

    def open(self, screens: Screens) -> Transcript:
        """Open the transcript as a server does."""
        self.folder.mkdir(exist_ok=True)

        def snapshot() -> bytes:
            return screens.current(self.name, transcript).snapshot()

        transcript = Transcript(self.folder, cap_bytes=CAP, snapshot=snapshot)
        return transcript

    def print(self, data: bytes) -> bytes:
        """Print something, and return what the terminal answers."""
        self.truth.feed(data)
        self.transcript.append(data)
        return self.screens.grew(self.name, self.transcript, chunk=data)

    def resize(self, rows: int, cols: int) -> None:
        """Change the size."""
        self.truth.resize(rows=rows, cols=cols)
        self.transcript.resized(rows, cols)

    def replayed(self) -> Emulator:
        """Return the screen as a server that has seen nothing finds it on disk."""
        self.transcript.close()
        screens = Screens()
        return screens.current(self.name, self.open(screens))


@pytest.mark.parametrize("seed", range(6))
def test_a_replay_is_exact(tmp_path: Path, seed: int) -> None:
    """Hundreds of KB in odd pieces, with sizes that change: live and replayed are the truth."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    recorded = Recorded(tmp_path)
    while recorded.transcript.end < 3 * CAP:
        recorded.print(story(dice.randrange(10**6), 60) or b"x")
        if dice.random() < 0.05:
            recorded.resize(dice.randrange(5, 30), dice.randrange(20, 100))
        if dice.random() < 0.02:
            same(recorded.screens.current("t1.1", recorded.transcript), recorded.truth)
    assert recorded.transcript.first > 0
    same(recorded.screens.current("t1.1", recorded.transcript), recorded.truth)
    same(recorded.replayed(), recorded.truth)


def test_more_sessions_than_emulators(tmp_path: Path) -> None:
    """Screens that are put aside for others come back as they were."""
    all_ = []
    screens = Screens()
    for number in range(30):
        one = Recorded(tmp_path / str(number), f"t{number}.1")
        one.screens = screens
        all_.append(one)
    for round_ in range(3):
        for one in all_:
            one.print(f"\x1b[{31 + round_}mround {round_} of {one.name}\r\n\x1b[".encode())
            screens.current(one.name, one.transcript)
    for one in all_:
        same(screens.current(one.name, one.transcript), one.truth)


def test_questions_are_answered_once(tmp_path: Path) -> None:
    """Also when they come in two pieces, and however often the screen is looked at."""
    recorded = Recorded(tmp_path)
    assert recorded.print(b"hello\x1b[6n") == b"\x1b[1;6R"
    assert recorded.print(b"\r\n\x1b[") == b""
    same(recorded.screens.current("t1.1", recorded.transcript), recorded.truth)
    assert recorded.print(b"6n") == b"\x1b[2;1R"
    assert recorded.print(b"no question") == b""
    assert recorded.print(b"\x1b[6n\x1b[6n") == b"\x1b[2;12R" * 2


def test_a_quiet_session_has_no_emulator(tmp_path: Path) -> None:
    """Little output that nobody looks at is only written down."""
    recorded = Recorded(tmp_path)
    recorded.print(b"hello\r\n" * 100)
    assert not recorded.screens._live


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    """The replay begins earlier instead."""
    recorded = Recorded(tmp_path)
    while recorded.transcript.first == 0:
        recorded.print(b"\x1b[2J\x1b[Hscreen after screen\r\n" * 50)
    newest = max(tmp_path.glob("*.screen"))
    newest.write_bytes(newest.read_bytes()[:100])
    same(recorded.replayed(), recorded.truth)
