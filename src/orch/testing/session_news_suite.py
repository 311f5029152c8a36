"""What every session host promises of its news."""

import asyncio
from contextlib import aclosing

from orch.ports.session_host import Fact, FactKind, SessionHost
from orch.testing.session_values import PUPPETS, a_spec
from orch.testing.session_waits import PATIENCE_S, follow, gone, next_fact, now, output


class SessionNewsSuite:
    """Tests of a `SessionHost`; fixture `host`, new and empty."""

    async def test_a_life_is_told_in_order(self, host: SessionHost) -> None:
        """The first fact is a gap; then start, output and end follow, each with a cursor."""
        facts: list[Fact] = []
        async with asyncio.timeout(PATIENCE_S), aclosing(follow(host)) as news:
            async for fact in news:
                facts.append(fact)
                if fact.kind is FactKind.GAP:
                    await host.start(a_spec(PUPPETS.says("hello")))
                if fact.kind is FactKind.EXITED:
                    break
        kinds = [fact.kind for fact in facts]
        assert kinds[:2] == [FactKind.GAP, FactKind.STARTED]
        assert kinds[-1] is FactKind.EXITED
        assert facts[-1].offset == len("hello")
        assert len({fact.cursor for fact in facts}) == len(facts)

    async def test_nothing_is_missed_after_a_cursor(self, host: SessionHost) -> None:
        """Who comes back with a cursor is told what happened meanwhile, and no gap."""
        cursor = await now(host)
        await host.start(a_spec(PUPPETS.says("hello")))
        await gone(host, "t1.1")
        async with asyncio.timeout(PATIENCE_S), aclosing(follow(host, after=cursor)) as news:
            first = await anext(news)
        assert (first.kind, first.session) == (FactKind.STARTED, "t1.1")
        last = await next_fact(host, FactKind.EXITED, name="t1.1", after=cursor)
        assert last.session == "t1.1"

    async def test_a_strange_cursor_is_a_gap(self, host: SessionHost) -> None:
        """A cursor that this host did not give is told as a gap, not as nothing."""
        async with asyncio.timeout(PATIENCE_S):
            for cursor in ("", "elsewhere:5", "nonsense"):
                async with aclosing(follow(host, after=cursor)) as news:
                    assert (await anext(news)).kind is FactKind.GAP

    async def test_output_is_told_with_its_offset(self, host: SessionHost) -> None:
        """A session that prints is told to have grown, up to where it has come."""
        await host.start(a_spec(PUPPETS.echoes()))
        await output(host, "t1.1", contains=b"ready")
        cursor = await now(host)
        await host.write("t1.1", b"more\n")
        fact = await next_fact(host, FactKind.GREW, name="t1.1", after=cursor)
        assert fact.offset > len("ready")

    async def test_several_may_listen(self, host: SessionHost) -> None:
        """Each listener is told everything."""
        await host.start(a_spec(PUPPETS.waits()))
        cursor = await now(host)
        listeners = [
            asyncio.create_task(next_fact(host, FactKind.EXITED, name="t1.1", after=cursor))
            for _ in range(3)
        ]
        await output(host, "t1.1", contains=b"ready")
        await host.end("t1.1", grace_s=5)
        async with asyncio.timeout(PATIENCE_S):
            assert len(await asyncio.gather(*listeners)) == len(listeners)
