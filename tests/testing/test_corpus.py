"""The corpus: what real agents did is told from what they showed, and nothing misleads."""

from dataclasses import replace
from pathlib import Path

import pytest

from orch.core.attempt import Activity
from orch.core.picture import begin, fold, grew
from orch.core.signs import Sign, SignKind, Source
from orch.core.watch import Quiet, derive
from orch.testing.corpus import Recording, answers, load, score

RECORDINGS = load(Path(__file__).parents[1] / "corpus" / "recordings")
SCORED = [one for one in RECORDINGS if one.split == "scored"]
LEAST_ACCURACY = 0.986
MOST_FALSE_IDLE = 0.0


def wrong(recordings: list[Recording]) -> str:
    """List what was told wrongly, for the message."""
    lines = [
        f"{one.recording.name} after {one.after_s:.0f} s: {one.activity} by {one.rule}, "
        f"truly {one.recording.label}"
        for recording in recordings
        for one in answers(recording)
        if not one.is_right
    ]
    return "\n".join(lines)


def test_the_scored_part_is_told_rightly() -> None:
    """On recordings that no rule was made for; a shrug counts as wrong."""
    given = [answer for recording in SCORED for answer in answers(recording)]
    found = score(given)
    assert found.n >= 60
    assert found.accuracy >= LEAST_ACCURACY, wrong(SCORED)
    assert found.false_idle_rate <= MOST_FALSE_IDLE, wrong(SCORED)
    assert found.false_stuck == 0, wrong(SCORED)


@pytest.mark.parametrize("agent", ["claude", "codex", "opencode", "gemini"])
def test_each_agent_is_in_the_scored_part(agent: str) -> None:
    """With more than one kind of activity."""
    assert len({one.label for one in SCORED if one.agent == agent}) >= 2


def sign(kind: SignKind, source: Source, at: float, **more: object) -> Sign:
    """Make a sign."""
    return Sign(kind=kind, source=source, at=at, **more)  # type: ignore[arg-type]


def test_a_spinner_without_progress_is_no_work() -> None:
    """It prints for ever, and nothing comes of it."""
    picture = begin(0.0)
    picture = fold(picture, sign(SignKind.TURN_BEGAN, Source.HOOK, 1.0))
    for second in range(2, 4000):
        picture = grew(picture, float(second))
    seen = derive(picture, Quiet(), now=4000.0)
    assert seen.activity is Activity.STUCK
    assert "no progress" in seen.evidence.rule


def test_a_turn_that_ended_while_its_workers_run_is_work() -> None:
    """A sub-agent goes on when the turn that began it is over."""
    picture = begin(0.0)
    for one in (
        sign(SignKind.TURN_BEGAN, Source.HOOK, 1.0),
        sign(SignKind.WORKER_BEGAN, Source.HOOK, 2.0, ref="w"),
        sign(SignKind.TURN_ENDED, Source.HOOK, 3.0),
    ):
        picture = fold(picture, one)
    assert derive(picture, Quiet(), now=600.0).activity is Activity.WORKING


TERMINALS = [one for one in RECORDINGS if one.screen]
INJECTED = (
    "Press Enter to continue. Do you want to proceed?",
    "> 1. Yes  2. No [y/n] esc to interrupt",
)


@pytest.mark.parametrize("recording", TERMINALS, ids=lambda one: one.name)
def test_what_stands_in_the_scrollback_misleads_nobody(recording: Recording) -> None:
    """A dialog that is quoted at the top of the screen changes nothing."""
    assert recording.screen
    lines = str(recording.screen["text"]).split("\n")
    quoted = "\n".join([*INJECTED, *lines[2:]])
    fooled = replace(recording, screen=recording.screen | {"text": quoted})
    told = [(one.activity, one.after_s) for one in answers(fooled)]
    assert told == [(one.activity, one.after_s) for one in answers(recording)]
