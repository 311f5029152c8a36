"""What every session host promises of starting, finding and reading sessions."""

import asyncio
from pathlib import Path

import pytest

from orch.ports.errors import Permanent
from orch.ports.session_host import Liveness, Screen, SessionHost
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import gone, until

ONE, ANOTHER = "one", "another"


class SessionLifeSuite:
    """Tests of a `SessionHost`; fixture `host`, new and empty."""

    async def test_a_session_runs_and_is_found(self, host: SessionHost) -> None:
        """A started session is alive, has an identity, and is found by name and in the list."""
        state = await host.start(a_spec(PUPPETS.waits()))
        assert state.liveness is Liveness.ALIVE
        assert state.pid
        assert state.boot_id
        assert state.start_time
        assert (await host.probe("t1.1")).pid == state.pid
        assert [one.name for one in await host.list()] == ["t1.1"]

    async def test_starting_twice_is_starting_once(self, host: SessionHost) -> None:
        """Orders for one name at the same time all find one process."""
        spec = a_spec(PUPPETS.waits())
        states = await asyncio.gather(*(host.start(spec) for _ in range(5)))
        assert len({state.pid for state in states}) == 1

    async def test_an_ended_session_is_not_started_again(self, host: SessionHost) -> None:
        """A second order for an ended session returns how it ended."""
        spec = a_spec(PUPPETS.says("once", code=4))
        first = await host.start(spec)
        await gone(host, "t1.1")
        again = await host.start(spec)
        assert (again.liveness, again.pid, again.exit_code) == (Liveness.GONE, first.pid, 4)
        assert (await host.read("t1.1", offset=0, limit=100)).data == b"once"

    async def test_a_name_belongs_to_one_token(self, host: SessionHost) -> None:
        """An order with another token is refused, whether the session runs or has ended."""
        await host.start(a_spec(PUPPETS.says("x"), token=ONE))
        await gone(host, "t1.1")
        with pytest.raises(Permanent):
            await host.start(a_spec(PUPPETS.says("x"), token=ANOTHER))
        assert (await host.start(a_spec(PUPPETS.says("x"), token=ONE))).token == ONE

    async def test_what_is_missing_is_told(self, host: SessionHost, tmp_path: Path) -> None:
        """A missing program or folder is refused with its name, and leaves no session."""
        with pytest.raises(Permanent, match="no-such-program"):
            await host.start(a_spec(("no-such-program",)))
        with pytest.raises(Permanent):
            await host.start(a_spec(PUPPETS.waits(), cwd=str(tmp_path / "gone")))
        assert await host.list() == ()
        assert (await host.start(a_spec(PUPPETS.waits()))).liveness is Liveness.ALIVE

    async def test_a_name_never_heard_of_is_gone(self, host: SessionHost) -> None:
        """Probing and ending it is harmless; reading or writing it is an error."""
        state = await host.probe("t9.9")
        assert state.liveness is Liveness.GONE
        assert state.how
        assert (state.exit_code, state.exit_signal) == (None, None)
        assert (await host.end("t9.9", grace_s=1)).liveness is Liveness.GONE
        with pytest.raises(Permanent):
            await host.read("t9.9", offset=0, limit=1)
        with pytest.raises(Permanent):
            await host.write("t9.9", b"x")

    async def test_it_knows_its_name_and_folder(self, host: SessionHost, tmp_path: Path) -> None:
        """The program finds its session's name and its folder in the environment."""
        await host.start(a_spec(PUPPETS.looks_around(), name="t7.2", cwd=str(tmp_path)))
        await gone(host, "t7.2")
        page = await host.read("t7.2", offset=0, limit=1000)
        assert page.data.decode() == f"t7.2|{tmp_path}"

    async def test_a_transcript_is_read_by_offset(self, host: SessionHost) -> None:
        """From the start, from the middle, from the end; beyond the end there is nothing."""
        await host.start(a_spec(PUPPETS.says("0123456789")))
        await gone(host, "t1.1")
        whole = await host.read("t1.1", offset=0, limit=100)
        assert (whole.offset, whole.data, whole.first, whole.end) == (0, b"0123456789", 0, 10)
        part = await host.read("t1.1", offset=3, limit=4)
        assert (part.offset, part.data, part.end) == (3, b"3456", 10)
        last = await host.read("t1.1", offset=-2, limit=100)
        assert (last.offset, last.data) == (8, b"89")
        assert (await host.read("t1.1", offset=-99, limit=1)).data == b"0"
        beyond = await host.read("t1.1", offset=50, limit=100)
        assert (beyond.offset, beyond.data) == (10, b"")

    async def test_the_screen_shows_what_was_printed(self, host: SessionHost) -> None:
        """The screen has the text and the cursor, of a size that was ordered."""
        await host.start(a_spec(PUPPETS.echoes()))

        async def below() -> Screen | None:
            """Look until the end of the line, which may come by itself, is shown too."""
            found = await host.screen("t1.1")
            return found if found.cursor_row else None

        screen = await until(host, below)
        assert screen.text.splitlines() == ["ready"]
        assert (screen.rows, screen.cols) == (24, 80)
        assert (screen.cursor_row, screen.cursor_col) == (1, 0)

    async def test_the_list_is_in_order_of_age(self, host: SessionHost) -> None:
        """The oldest session comes first, ended or not."""
        for name in ("t2.1", "t1.1", "t3.1"):
            await host.start(a_spec(PUPPETS.says(name), name=name))
            await gone(host, name)
        assert [state.name for state in await host.list()] == ["t2.1", "t1.1", "t3.1"]
