"""What a session has shown is as old as it is, whatever the clock on the wall is set to."""

from collections.abc import Sequence

import pytest

from orch.adapters.agents.scripted import ScriptedAgent, ScriptedReader
from orch.core.attempt import Activity
from orch.core.signs import Sign, SignKind, Source
from orch.ports.agent import LaunchOrder
from orch.ports.session_host import Screen
from tests.engine.stage import Stage, set_stage

HOUR_S = 3600.0


async def at_work(stage: Stage) -> None:
    """Let it begin a turn, and read that."""
    stage.show(SignKind.TURN_BEGAN)
    await stage.sight.catch_up()
    assert stage.derive().activity is Activity.WORKING


async def test_a_clock_set_forward_makes_nobody_stuck(stage: Stage) -> None:
    """It works on, and is stuck when its own time is over."""
    await at_work(stage)
    stage.world.clock.turn(HOUR_S)
    assert stage.derive().activity is Activity.WORKING
    stage.world.clock.advance(599.0)
    assert stage.derive().activity is Activity.WORKING
    stage.world.clock.advance(1.0)
    assert stage.derive().activity is Activity.STUCK


async def test_a_clock_set_back_delays_no_notice(stage: Stage) -> None:
    """It is stuck after the same time as ever."""
    await at_work(stage)
    stage.world.clock.turn(-HOUR_S)
    stage.world.clock.advance(600.0)
    assert stage.derive().activity is Activity.STUCK


@pytest.mark.parametrize("turn_s", [HOUR_S, -HOUR_S])
async def test_silence_is_measured_by_time_that_passes(stage: Stage, turn_s: float) -> None:
    """Output before the clock was set, and no sign at all: idle after the idle time."""
    stage.world.clock.advance(1.0)
    stage.session.print(b"hello")
    stage.sight.note_output(stage.now())
    stage.world.clock.turn(turn_s)
    stage.world.clock.advance(59.0)
    assert stage.derive().activity is Activity.WORKING
    stage.world.clock.advance(1.0)
    assert stage.derive().activity is Activity.IDLE


async def test_news_from_before_a_clock_was_set_back_is_no_news_of_the_future(
    stage: Stage,
) -> None:
    """A fact or a hook that tells a time to come counts from now on."""
    before = stage.now()
    stage.world.clock.turn(-HOUR_S)
    stage.sight.note_output(before)
    stage.sight.note(Sign(kind=SignKind.PROGRESS, source=Source.HOOK, at=before))
    assert stage.sight.picture.last_output <= stage.now()
    assert stage.sight.picture.last_progress <= stage.now()


async def test_a_slow_drift_is_followed(stage: Stage) -> None:
    """Many small corrections add up to a clock that was set."""
    await at_work(stage)
    for _ in range(100):
        stage.world.clock.turn(0.4)
        stage.sight.keep_time()
    assert stage.now() - stage.sight.picture.last_progress < 2.0


async def test_it_sees_the_same_again_after_a_restart(stage: Stage) -> None:
    """Everything is read from the first byte on."""
    stage.show(SignKind.TURN_BEGAN)
    stage.show(SignKind.SAID, text="well")
    await stage.sight.catch_up()
    first = [(sign.kind, sign.text) for sign in stage.sight.signs]
    stage.restart()
    await stage.sight.catch_up()
    assert [(sign.kind, sign.text) for sign in stage.sight.signs] == first


async def test_a_mark_tells_what_came_after_it(stage: Stage) -> None:
    """Signs that were read before are not after it, however their times stand."""
    stage.show(SignKind.TURN_BEGAN)
    await stage.sight.catch_up()
    mark = stage.sight.mark()
    assert list(stage.sight.after(mark)) == []
    stage.world.clock.turn(-HOUR_S)
    stage.show(SignKind.PROGRESS)
    await stage.sight.catch_up()
    assert [sign.kind for sign in stage.sight.after(mark)] == [SignKind.PROGRESS]


class LateReader(ScriptedReader):
    """Knows a dialog on the screen, but not at the first look: then it is still drawn."""

    def __init__(self) -> None:
        """Begin without having looked."""
        super().__init__()
        self.looks = 0

    def look(self, screen: Screen, *, at: float) -> Sequence[Sign]:
        """Tell of the dialog from the second look on."""
        self.looks += 1
        if self.looks == 1:
            return ()
        return [Sign(kind=SignKind.DIALOG, source=Source.SCREEN, at=at, ref="d1", text=screen.text)]


class LateAgent(ScriptedAgent):
    """A scripted agent that is read so."""

    def reader(self, order: LaunchOrder) -> LateReader:
        """Make its reader."""
        del order
        return LateReader()


async def test_a_screen_that_rests_is_looked_at_once_more() -> None:
    """A dialog that nothing else tells of, and behind which nothing moves, is found."""
    stage = await set_stage(LateAgent())
    stage.session.print(b"Do you trust this folder?")
    await stage.sight.catch_up()
    await stage.sight.catch_up()
    assert not stage.sight.picture.open
    again_at = stage.sight.again_at
    assert again_at is not None
    stage.world.clock.advance(again_at - stage.now())
    await stage.sight.catch_up()
    assert [sign.ref for sign in stage.sight.picture.open] == ["d1"]
    assert stage.sight.again_at is None
    stage.writing.cancel()
    await stage.world.sessions.close()
