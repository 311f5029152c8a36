"""What every session host promises of the end of a session."""

from signal import SIGKILL, SIGTERM

import pytest

from orch.ports.errors import Permanent
from orch.ports.session_host import Liveness, SessionHost
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, output


class SessionEndSuite:
    """Tests of a `SessionHost`; fixture `host`, new and empty."""

    @pytest.mark.parametrize("code", [0, 3])
    async def test_an_exit_code_is_told(self, host: SessionHost, code: int) -> None:
        """A session that ended by itself has its code, no signal, and how that is known."""
        await host.start(a_spec(PUPPETS.says("bye", code=code)))
        state = await gone(host, "t1.1")
        assert (state.exit_code, state.exit_signal) == (code, None)
        assert state.how
        assert state.ended_at is not None
        assert state.left == ()

    async def test_ending_is_gentle_first(self, host: SessionHost) -> None:
        """A session that listens goes on TERM, and is named in the proof."""
        await host.start(a_spec(PUPPETS.waits()))
        await output(host, "t1.1", contains=b"ready")
        state = await host.end("t1.1", grace_s=20)
        assert (state.liveness, state.exit_signal) == (Liveness.GONE, SIGTERM)
        assert str(state.pid) in " ".join(state.killed)
        assert state.left == ()

    async def test_what_resists_is_killed(self, host: SessionHost) -> None:
        """A session that ignores TERM is killed after its grace."""
        await host.start(a_spec(PUPPETS.resists()))
        await output(host, "t1.1", contains=b"ready")
        state = await host.end("t1.1", grace_s=0.1)
        assert (state.liveness, state.exit_signal) == (Liveness.GONE, SIGKILL)

    async def test_ending_twice_is_harmless(self, host: SessionHost) -> None:
        """A session that has ended keeps the end it had."""
        await host.start(a_spec(PUPPETS.says("bye", code=5)))
        await gone(host, "t1.1")
        for _ in range(2):
            state = await host.end("t1.1", grace_s=1)
            assert (state.liveness, state.exit_code) == (Liveness.GONE, 5)

    async def test_what_is_left_behind_is_told(self, host: SessionHost) -> None:
        """A process that outlives its leader is ended and named; the exit code stays."""
        await host.start(a_spec(PUPPETS.leaves()))
        state = await gone(host, "t1.1")
        assert state.exit_code == 0
        assert [one.partition(" ")[2] for one in state.leftovers] == ["sleep"]
        assert state.left == ()

    async def test_a_forgotten_session_is_not_known(self, host: SessionHost) -> None:
        """Record and transcript go with it, once it has ended."""
        await host.start(a_spec(PUPPETS.waits()))
        state = await host.end("t1.1", grace_s=5, forget=True)
        assert state.liveness is Liveness.GONE
        assert await host.list() == ()
        assert (await host.probe("t1.1")).pid is None
        with pytest.raises(Permanent):
            await host.read("t1.1", offset=0, limit=1)
