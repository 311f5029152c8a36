"""The ladder: what is done about a session that has stopped, and what is left alone."""

import pytest

from orch.core.attempt import Activity
from orch.core.ladder import (
    COOL_DOWN_S,
    LONGEST_COOL_DOWN_S,
    Rung,
    Standing,
    limit_ends,
    next_step,
)
from orch.core.picture import Picture, begin, fold
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.core.watch import START_S

IDLE_S = 3.0


def seen(*kinds: tuple[SignKind, Source], trouble: Trouble | None = None) -> Picture:
    """Fold signs that came one second after the other."""
    picture = begin(0.0)
    for at, (kind, source) in enumerate(kinds, 1):
        sign = Sign(kind=kind, source=source, at=float(at), text=str(trouble), trouble=trouble)
        picture = fold(picture, sign)
    return picture


def standing(picture: Picture, activity: Activity, *, now: float, **more: bool | int) -> Standing:
    """Stand somewhere on the ladder with a program that can be spoken to."""
    return Standing(
        activity=activity,
        picture=picture,
        now=now,
        idle_s=IDLE_S,
        speaks=True,
        **more,  # type: ignore[arg-type]
    )


def test_a_screen_is_not_spoken_to_before_it_has_taken_its_first_prompt() -> None:
    """It looks as if it waited; it is given the time that a program may take to start."""
    picture = seen((SignKind.READY, Source.SCREEN))
    early = next_step(standing(picture, Activity.IDLE, now=10.0, reports=True))
    late = next_step(standing(picture, Activity.IDLE, now=START_S + 1, reports=True))
    assert (early.rung, early.again_at, late.rung) == (Rung.WAIT, START_S, Rung.NUDGE)


def test_a_screen_that_has_begun_is_spoken_to_when_it_is_idle() -> None:
    """After the profile's own time."""
    picture = seen((SignKind.TURN_BEGAN, Source.HOOK), (SignKind.TURN_ENDED, Source.HOOK))
    step = next_step(standing(picture, Activity.IDLE, now=2.0 + IDLE_S, reports=True))
    assert step.rung is Rung.NUDGE


def test_a_turn_that_only_the_screen_saw_end_is_over() -> None:
    """Broken off, it fires no hook in some programs."""
    picture = seen((SignKind.TURN_BEGAN, Source.HOOK), (SignKind.TURN_ENDED, Source.SCREEN))
    assert picture.is_turn_over


@pytest.mark.parametrize("trouble", [Trouble.RATE_LIMIT, Trouble.OVERLOADED])
def test_a_program_that_waits_out_a_limit_for_too_long_is_parked(trouble: Trouble) -> None:
    """No word of ours would bring it through."""
    picture = seen(
        (SignKind.TURN_BEGAN, Source.PROTOCOL),
        (SignKind.RETRYING, Source.PROTOCOL),
        trouble=trouble,
    )
    step = next_step(standing(picture, Activity.STUCK, now=60.0))
    assert (step.rung, step.reason) == (Rung.HOLD, str(trouble))


def test_a_turn_that_a_limit_ended_is_parked_once_words_did_not_help() -> None:
    """It uses up no attempt."""
    picture = seen(
        (SignKind.TURN_BEGAN, Source.PROTOCOL),
        (SignKind.TURN_ENDED, Source.PROTOCOL),
        (SignKind.TROUBLE, Source.PROTOCOL),
        trouble=Trouble.RATE_LIMIT,
    )
    step = next_step(standing(picture, Activity.IDLE, now=60.0, max_nudges=0))
    assert step.rung is Rung.HOLD


def test_a_rate_limit_without_an_end_is_given_one_that_grows() -> None:
    """A usage limit is not, nor is one whose end was told."""
    assert limit_ends(Trouble.RATE_LIMIT, None, now=10.0, n=1) == 10.0 + COOL_DOWN_S
    assert limit_ends(Trouble.RATE_LIMIT, None, now=10.0, n=99) == 10.0 + LONGEST_COOL_DOWN_S
    assert limit_ends(Trouble.RATE_LIMIT, 77.0, now=10.0, n=1) == 77.0
    assert limit_ends(Trouble.USAGE_LIMIT, None, now=10.0, n=1) is None
