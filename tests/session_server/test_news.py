"""News is numbered, kept for whoever comes back, and quiet while nothing happens."""

import asyncio

from orch.session_server import news as module
from orch.session_server.news import News


async def test_nothing_is_missed_after_a_number() -> None:
    """Facts come in order, each once; a listener is woken."""
    news, woken = News(), asyncio.Event()
    news.listen(woken.set)
    for name in ("t1.1", "t2.1", "t3.1"):
        news.tell("started", name)
    assert woken.is_set()
    assert [fact.session for fact in news.since(0)] == ["t1.1", "t2.1", "t3.1"]
    assert [fact.session for fact in news.since(2)] == ["t3.1"]
    assert news.since(3) == []


async def test_a_flood_of_output_is_told_four_times_a_second() -> None:
    """The first output is told at once, then at most every quarter of a second."""
    news, told, printed = News(), list[int](), [0]
    loop = asyncio.get_running_loop()
    started = loop.time()
    while len(told) < 3:
        printed[0] += 1
        news.grew("t1.1", lambda: printed[0])
        told += [fact.offset for fact in news.since(news.seq - 1) if fact.offset not in told]
        await asyncio.sleep(0)
    assert loop.time() - started >= 0.5
    assert told[0] == 1
    news.forget("t1.1")


async def test_only_the_newest_growth_is_kept() -> None:
    """Who comes back after much output is told once, with where it has come."""
    news = News()
    for round_ in range(3):
        news._told_at.clear()
        news.grew("t1.1", lambda round_=round_: round_)  # type: ignore[misc]
    assert [(fact.seq, fact.offset) for fact in news.since(0)] == [(3, 2)]


async def test_a_quiet_server_has_no_timer() -> None:
    """After the last word of a session is told nothing is due."""
    news = News()
    news.grew("t1.1", lambda: 1)
    assert not news._due
    news.grew("t1.1", lambda: 2)
    assert news._due
    news.tell("exited", "t1.1")
    assert not news._due


async def test_what_was_dropped_is_a_gap() -> None:
    """A cursor from before the oldest fact that is kept, or of another server, is told so."""
    news = News()
    early = f"{news.epoch}:{news.seq}"
    for _ in range(module._KEPT + 1):
        news.tell("started", "t1.1")
    assert news.place(early) == (news.seq, True)
    assert news.place(f"{news.epoch}:5") == (5, False)
    assert news.place("another:5") == (news.seq, True)
    assert news.place("") == (news.seq, True)


async def test_the_next_program_goes_on() -> None:
    """Epoch, numbers and facts are taken over."""
    first = News()
    first.tell("started", "t1.1")
    second = News(epoch=first.epoch, seq=first.seq)
    second.restore(first.facts, evicted=first.evicted)
    second.tell("exited", "t1.1")
    assert second.place(f"{first.epoch}:0") == (0, False)
    assert [(fact.seq, fact.kind) for fact in second.since(0)] == [(1, "started"), (2, "exited")]
