"""The ladder: what is done about a session that has stopped, and what is left alone."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orch.core.attempt import Activity
from orch.core.ladder import (
    COOL_DOWN_S,
    LONGEST_COOL_DOWN_S,
    SPACING_S,
    Rung,
    Standing,
    limit_ends,
    next_step,
    resumes,
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


@pytest.mark.parametrize(("in_s", "rung"), [(30.0, Rung.WAIT), (7200.0, Rung.HOLD)])
def test_a_program_that_will_try_again_in_hours_is_parked_at_once(in_s: float, rung: Rung) -> None:
    """One that tries again soon is left to it."""
    picture = fold(
        seen((SignKind.TURN_BEGAN, Source.HOOK)),
        Sign(
            kind=SignKind.RETRYING,
            source=Source.HOOK,
            at=2.0,
            trouble=Trouble.RATE_LIMIT,
            until=10.0 + in_s,
        ),
    )
    assert next_step(standing(picture, Activity.LIMITED, now=10.0)).rung is rung


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


@pytest.mark.parametrize("trouble", [Trouble.RATE_LIMIT, Trouble.USAGE_LIMIT])
def test_a_limit_that_is_told_to_be_over_is_given_a_while(trouble: Trouble) -> None:
    """Going on at once would meet it again, and use up what the work is given."""
    assert limit_ends(trouble, 9.0, now=10.0, n=1) == 10.0 + COOL_DOWN_S
    assert limit_ends(trouble, 10.0, now=10.0, n=2) == 10.0 + 2 * COOL_DOWN_S


ENDINGS = st.sampled_from(["turn over", "working", "stuck", "asking"])


@given(
    lives=st.lists(st.tuples(ENDINGS, st.floats(0.0, 200.0)), max_size=60),
    most=st.integers(0, 4),
    reports=st.booleans(),
)
def test_what_it_does_is_bounded_and_spaced(
    *, lives: list[tuple[str, float]], most: int, reports: bool
) -> None:
    """Whatever a session does: never more words than allowed, never two without time between."""
    now, said = 1000.0, list[float]()
    turn_over = seen((SignKind.TURN_BEGAN, Source.HOOK), (SignKind.TURN_ENDED, Source.HOOK))
    runs = seen((SignKind.TURN_BEGAN, Source.HOOK))
    shown = {
        "turn over": (turn_over, Activity.IDLE),
        "working": (runs, Activity.WORKING),
        "stuck": (runs, Activity.STUCK),
        "asking": (seen((SignKind.ASKED, Source.HOOK)), Activity.ASKING),
    }
    for what, passes_s in lives:
        now += passes_s
        picture, activity = shown[what]
        here = standing(picture, activity, now=now, reports=reports, max_nudges=most)
        here = replace(here, nudges=len(said), nudged_at=said[-1] if said else None)
        step = next_step(here)
        if what in {"working", "asking"}:
            assert step.rung is Rung.WAIT
        if step.rung in {Rung.NUDGE, Rung.BREAK}:
            assert not said or now - said[-1] >= SPACING_S
            said.append(now)
        assert len(said) <= most


@given(
    activity=st.sampled_from([Activity.IDLE, Activity.STUCK, Activity.WORKING, Activity.LIMITED]),
    has_work=st.sampled_from([None, False]),
    reports=st.booleans(),
    nudges=st.integers(0, 3),
)
def test_nothing_is_claimed_without_work(
    *, activity: Activity, has_work: bool | None, reports: bool, nudges: int
) -> None:
    """Neither where there is none, nor where nobody has looked."""
    picture = seen((SignKind.TURN_BEGAN, Source.HOOK), (SignKind.TURN_ENDED, Source.HOOK))
    here = standing(picture, activity, now=1e6, reports=reports)
    assert next_step(replace(here, has_work=has_work, nudges=nudges)).rung is not Rung.CLAIM


@pytest.mark.parametrize("trouble", [Trouble.USAGE_LIMIT, Trouble.RATE_LIMIT])
@pytest.mark.parametrize("consent", [True, False])
def test_a_task_resumes_at_a_known_time_and_a_usage_limit_with_consent(
    trouble: Trouble, *, consent: bool
) -> None:
    """A rate limit is waited out by itself; without a time nothing is."""
    assert not resumes(trouble, None, consent=consent)
    assert resumes(trouble, 5.0, consent=consent) == (consent or trouble is Trouble.RATE_LIMIT)
