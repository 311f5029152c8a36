"""Prove that the fake keeps the contract of the session host."""

from collections.abc import AsyncIterator

import pytest

from orch.ports.errors import Transient
from orch.ports.session_host import Liveness, SessionHost
from orch.testing.fake_session_host import FakeSessionHost
from orch.testing.session_host_suite import SessionHostSuite
from orch.testing.session_values import PUPPETS, a_spec


@pytest.fixture
async def host() -> AsyncIterator[SessionHost]:
    """Give each test a fake of its own."""
    fake = FakeSessionHost()
    yield fake
    await fake.close()


class TestFakeSessionHost(SessionHostSuite):
    """The fake, under the contract of every session host."""


async def test_a_lost_session_is_unknown_until_it_is_ended() -> None:
    """A test can take a session away from the host, as the death of a real one would."""
    fake = FakeSessionHost()
    await fake.start(a_spec(PUPPETS.waits()))
    fake.session("t1.1").lose()
    assert (await fake.probe("t1.1")).liveness is Liveness.UNKNOWN
    state = await fake.end("t1.1", grace_s=0)
    assert (state.liveness, state.exit_code, state.exit_signal) == (Liveness.GONE, None, None)
    await fake.close()


async def test_a_host_that_is_away_raises() -> None:
    """While the host is away every question is answered by `Transient`."""
    fake = FakeSessionHost()
    fake.is_away = True
    with pytest.raises(Transient):
        await fake.start(a_spec(PUPPETS.waits()))
    with pytest.raises(Transient):
        await fake.probe("t1.1")
