"""What every session host promises of input, sizes, signals and pipes."""

from signal import SIGKILL

import pytest

from orch.ports.errors import Permanent
from orch.ports.session_host import Direction, EndOfInput, Page, Resize, SessionHost, Signal
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, output


class SessionTalkSuite:
    """Tests of a `SessionHost`; fixture `host`, new and empty."""

    async def test_input_is_delivered_in_order(self, host: SessionHost) -> None:
        """What is typed arrives, one line after the other."""
        await host.start(a_spec(PUPPETS.echoes()))
        await output(host, "t1.1", contains=b"ready")
        for number in range(5):
            await host.write("t1.1", b"line %d\n" % number)
        printed = await output(host, "t1.1", contains=b"line 4")
        assert printed.decode().splitlines() == ["ready", *(f"line {n}" for n in range(5))]

    async def test_a_message_is_delivered_once(self, host: SessionHost) -> None:
        """The same message id again is told as a duplicate, with the offset of the first time."""
        await host.start(a_spec(PUPPETS.echoes()))
        await output(host, "t1.1", contains=b"ready")
        first = await host.write("t1.1", b"once\n", message_id="m1")
        await output(host, "t1.1", contains=b"once")
        again = await host.write("t1.1", b"once\n", message_id="m1")
        assert (first.duplicate, again.duplicate) == (False, True)
        assert again.offset == first.offset
        await host.write("t1.1", b"last\n", message_id="m2")
        assert (await output(host, "t1.1", contains=b"last")).count(b"once") == 1

    async def test_an_ended_session_takes_nothing(self, host: SessionHost) -> None:
        """Input, signals and sizes for an ended session are refused or passed over."""
        await host.start(a_spec(PUPPETS.says("x")))
        await gone(host, "t1.1")
        with pytest.raises(Permanent):
            await host.write("t1.1", b"x")
        with pytest.raises(Permanent):
            await host.write("t1.1", Signal(number=SIGKILL))

    async def test_a_signal_ends_it_and_is_told(self, host: SessionHost) -> None:
        """A session that died of a signal has that signal and no exit code."""
        await host.start(a_spec(PUPPETS.waits()))
        await output(host, "t1.1", contains=b"ready")
        await host.write("t1.1", Signal(number=SIGKILL))
        state = await gone(host, "t1.1")
        assert (state.exit_code, state.exit_signal) == (None, SIGKILL)

    async def test_a_terminal_is_resized(self, host: SessionHost) -> None:
        """The new size is told; zeros change nothing."""
        await host.start(a_spec(PUPPETS.waits()))
        await host.write("t1.1", Resize(rows=50, cols=100))
        await host.write("t1.1", Resize(rows=0, cols=0))
        state = await host.probe("t1.1")
        assert (state.rows, state.cols) == (50, 100)

    async def test_pipes_are_told_in_both_directions(self, host: SessionHost) -> None:
        """Output, errors and input of a piped session come back in order, with message ids."""
        await host.start(a_spec(PUPPETS.talks(), stdio="pipes"))
        await output(host, "t1.1", contains=b"to-err\n")
        await host.write("t1.1", b"hello\n", message_id="m1")
        await gone(host, "t1.1")
        page = await host.read("t1.1", offset=0, limit=1000)
        assert sorted(page.data.split()) == [b"got", b"hello", b"to-err", b"to-out"]
        assert _of(page, Direction.OUT) == b"to-out\ngot hello\n"
        assert _of(page, Direction.ERR) == b"to-err\n"
        inputs = [s for s in page.stretches if s.direction is Direction.IN]
        assert [(s.data, s.serial, s.message_id) for s in inputs] == [(b"hello\n", 1, "m1")]
        assert page.stretches[-1].data.endswith(b"got hello\n")
        assert page.stretches[-1].direction is Direction.OUT

    async def test_input_on_a_border_is_in_both_pages(self, host: SessionHost) -> None:
        """Reading in small pages misses no input; serials tell what was told before."""
        await host.start(a_spec(PUPPETS.talks(), stdio="pipes"))
        await output(host, "t1.1", contains=b"to-err\n")
        await host.write("t1.1", b"hello\n")
        await gone(host, "t1.1")
        offset, seen, end = 0, [], 1
        while offset < end:
            page = await host.read("t1.1", offset=offset, limit=7)
            seen += [s.serial for s in page.stretches if s.direction is Direction.IN]
            offset, end = page.offset + len(page.data), page.end
        assert set(seen) == {1}

    async def test_the_input_of_pipes_can_end(self, host: SessionHost) -> None:
        """A program that reads to the end gets there; more input is refused."""
        await host.start(a_spec(PUPPETS.echoes(), stdio="pipes"))
        await host.write("t1.1", b"hello\n")
        await host.write("t1.1", EndOfInput())
        state = await gone(host, "t1.1")
        assert state.exit_code == 0
        assert (await host.read("t1.1", offset=0, limit=100)).data == b"ready\nhello\n"

    async def test_ordered_input_comes_first_and_ends(self, host: SessionHost) -> None:
        """A piped session ordered with input reads that, then the end of its input."""
        await host.start(a_spec(PUPPETS.echoes(), stdio="pipes", stdin=b"a prompt\n"))
        assert (await gone(host, "t1.1")).exit_code == 0
        assert (await host.read("t1.1", offset=0, limit=100)).data == b"ready\na prompt\n"

    async def test_a_terminal_has_no_end_of_input(self, host: SessionHost) -> None:
        """Closing a terminal's input is refused: keys are what it understands."""
        await host.start(a_spec(PUPPETS.waits()))
        with pytest.raises(Permanent):
            await host.write("t1.1", EndOfInput())


def _of(page: Page, direction: Direction) -> bytes:
    return b"".join(s.data for s in page.stretches if s.direction is direction)
