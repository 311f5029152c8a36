"""What a session shows becomes its activity: the most trustworthy source decides."""

import hypothesis.strategies as st
from hypothesis import given

from orch.core.attempt import Activity
from orch.core.picture import Picture, begin, fold, grew
from orch.core.signs import Sign, SignKind, Source, Trouble
from orch.core.watch import SETTLE_S, Quiet, derive

QUIET = Quiet(idle_s=10.0, stuck_s=60.0)
K, S = SignKind, Source


def sign(kind: SignKind, at: float, source: Source = S.HOOK, **more: object) -> Sign:
    """Make a sign."""
    return Sign(kind=kind, source=source, at=at, **more)  # type: ignore[arg-type]


def shown(*signs: Sign, printed: float = 100.0) -> Picture:
    """Fold signs into the picture of a session that began to print at 100."""
    picture = grew(begin(99.0), printed)
    for one in signs:
        picture = fold(picture, one)
    return picture


def activity(picture: Picture, now: float) -> tuple[Activity, str]:
    """Derive the activity and the rule that chose it."""
    seen = derive(picture, QUIET, now=now)
    return seen.activity, seen.evidence.rule


def test_output_is_work() -> None:
    """Within the idle time; it looks again when that is over."""
    seen = derive(shown(), QUIET, now=105.0)
    assert (seen.activity, seen.next_at) == (Activity.WORKING, 110.0)


def test_silence_is_idle_then_stuck() -> None:
    """At its two times; after the second there is nothing to wait for."""
    assert derive(shown(), QUIET, now=110.0).activity is Activity.IDLE
    stuck = derive(shown(), QUIET, now=160.0)
    assert (stuck.activity, stuck.next_at) == (Activity.STUCK, None)
    assert "60 s" in stuck.evidence.observation


def test_a_session_that_showed_nothing_yet_starts() -> None:
    """Until it prints, or its patience is over."""
    assert activity(begin(100.0), 101.0) == (Activity.STARTING, "start")
    assert activity(begin(100.0), 111.0)[0] is Activity.IDLE


def test_a_running_turn_is_work_through_silence() -> None:
    """Silence says nothing where a hook told that a turn runs; no progress for long does."""
    picture = shown(sign(K.TURN_BEGAN, 101.0))
    assert activity(picture, 150.0) == (Activity.WORKING, "hook")
    assert activity(picture, 161.0) == (Activity.STUCK, "hook, no progress")


def test_a_command_may_take_longer_than_a_thought() -> None:
    """A tool that runs is given more time, and not for ever."""
    picture = shown(sign(K.TURN_BEGAN, 101.0), sign(K.TOOL_BEGAN, 102.0, ref="t", text="make"))
    assert activity(picture, 170.0)[0] is Activity.WORKING
    assert activity(picture, 102.0 + 4 * 60)[0] is Activity.STUCK


def test_a_spinner_is_no_progress() -> None:
    """Output alone does not keep a turn alive that brings nothing."""
    picture = grew(shown(sign(K.TURN_BEGAN, 101.0)), 160.0)
    assert activity(picture, 162.0)[0] is Activity.STUCK


def test_a_turn_that_ends_is_idle_unless_workers_go_on() -> None:
    """Sub-agents that run on keep it at work."""
    ended = shown(sign(K.TURN_BEGAN, 101.0), sign(K.TURN_ENDED, 103.0))
    assert activity(ended, 104.0) == (Activity.IDLE, "hook")
    busy = shown(sign(K.WORKER_BEGAN, 102.0, ref="w"), sign(K.TURN_ENDED, 103.0))
    assert activity(busy, 104.0) == (Activity.WORKING, "sub-agents")
    over = fold(busy, sign(K.WORKER_ENDED, 105.0, ref="w"))
    assert activity(over, 106.0)[0] is Activity.IDLE


def test_what_waits_for_an_answer_comes_first() -> None:
    """A permission, a question or a dialog, until it is settled."""
    waits = shown(sign(K.TURN_BEGAN, 101.0), sign(K.WANTS_PERMISSION, 102.0, ref="p", text="rm?"))
    seen = derive(waits, QUIET, now=1000.0)
    assert (seen.activity, seen.evidence.observation) == (Activity.AWAITING_PERMISSION, "rm?")
    settled = fold(waits, sign(K.SETTLED, 103.0, ref="p"))
    assert activity(settled, 104.0)[0] is Activity.WORKING
    asks = shown(sign(K.ASKED, 102.0, ref="q"))
    assert activity(asks, 104.0)[0] is Activity.ASKING
    dialog = shown(sign(K.DIALOG, 102.0, S.SCREEN, ref="d"))
    assert activity(dialog, 104.0) == (Activity.ASKING, "dialog")


def test_an_escape_that_no_hook_tells_of_is_seen_on_the_screen() -> None:
    """The hook's last word is stale when title and screen have shown the prompt for a while."""
    picture = shown(sign(K.TURN_BEGAN, 101.0), sign(K.READY, 105.0, S.SCREEN))
    assert activity(picture, 106.0) == (Activity.WORKING, "hook")
    assert activity(picture, 105.0 + SETTLE_S)[0] is Activity.IDLE
    disagreeing = fold(picture, sign(K.BUSY, 105.0, S.TITLE))
    assert activity(disagreeing, 105.0 + SETTLE_S) == (Activity.WORKING, "hook")


def test_a_refused_permission_does_not_wait_for_ever() -> None:
    """No hook tells that a person pressed Escape; the empty prompt does."""
    picture = shown(sign(K.WANTS_PERMISSION, 102.0, ref="p"), sign(K.READY, 105.0, S.SCREEN))
    assert activity(picture, 106.0)[0] is Activity.AWAITING_PERMISSION
    assert activity(picture, 105.0 + SETTLE_S)[0] is not Activity.AWAITING_PERMISSION


def test_a_limit_holds_until_it_ends_or_work_goes_on() -> None:
    """A usage limit with its time, a rate limit that the agent itself waits out."""
    limited = shown(sign(K.LIMITED, 102.0, S.PROTOCOL, until=500.0, trouble=Trouble.USAGE_LIMIT))
    assert derive(limited, QUIET, now=400.0).next_at == 500.0
    assert activity(limited, 400.0) == (Activity.LIMITED, "limit")
    assert activity(limited, 500.0)[0] is not Activity.LIMITED
    retries = shown(sign(K.TURN_BEGAN, 101.0), sign(K.RETRYING, 102.0, trouble=Trouble.RATE_LIMIT))
    assert activity(retries, 110.0) == (Activity.LIMITED, "retry")
    assert activity(retries, 161.0)[0] is Activity.STUCK
    through = fold(retries, sign(K.PROGRESS, 111.0))
    assert activity(through, 112.0)[0] is Activity.WORKING


def test_a_limit_that_ends_a_turn_is_not_overcome_by_that() -> None:
    """It holds until something is done again."""
    picture = shown(
        sign(K.TURN_BEGAN, 101.0),
        sign(K.LIMITED, 102.0, trouble=Trouble.RATE_LIMIT),
        sign(K.TURN_ENDED, 103.0, ok=False),
    )
    assert activity(picture, 110.0) == (Activity.LIMITED, "limit")
    assert activity(fold(picture, sign(K.TOOL_ENDED, 111.0)), 112.0)[0] is not Activity.LIMITED


def test_title_and_screen_speak_where_no_hook_does() -> None:
    """The newer of the two."""
    assert activity(shown(sign(K.BUSY, 101.0, S.TITLE)), 150.0) == (Activity.WORKING, "title")
    both = shown(sign(K.BUSY, 101.0, S.TITLE), sign(K.READY, 103.0, S.SCREEN))
    assert activity(both, 150.0) == (Activity.IDLE, "screen")


_SIGNS = st.builds(
    Sign,
    kind=st.sampled_from(SignKind),
    source=st.sampled_from(Source),
    at=st.floats(0, 1e6),
    ref=st.sampled_from(("", "a", "b")),
    trouble=st.sampled_from((None, *Trouble)),
    until=st.one_of(st.none(), st.floats(0, 1e6)),
)


@given(signs=st.lists(_SIGNS, max_size=8), now=st.floats(0, 1e6))
def test_the_next_look_is_never_in_the_past(signs: list[Sign], now: float) -> None:
    """Whatever is shown and whatever the clocks say: otherwise the timer would spin."""
    seen = derive(shown(*signs), QUIET, now=now)
    assert seen.next_at is None or seen.next_at > now
    assert seen.evidence.rule
