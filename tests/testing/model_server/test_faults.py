"""Faults: each does what its name says, within its budget, where it is meant to."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from orch.testing.model_server import Fault, FaultKind, Step, bash, say, serve_in_thread
from orch.testing.model_server.faults import FaultBudget
from tests.testing.model_server.asking import Reply, ask, continued, messages

SCRIPT = (bash("ls"), say("I am done with all of it and have nothing to add to that."))
ANSWERS = {
    FaultKind.RATE_LIMIT: 429,
    FaultKind.USAGE_LIMIT: 429,
    FaultKind.OVERLOADED: 529,
    FaultKind.UNAUTHORIZED: 401,
    FaultKind.SERVER_ERROR: 500,
    FaultKind.BAD_REQUEST: 400,
    FaultKind.UNKNOWN_MODEL: 404,
    FaultKind.CONTEXT_FULL: 400,
}


def test_a_budget_is_spent_in_order() -> None:
    """The first fault that fits fires; none is left in the end."""
    first = Fault(kind=FaultKind.DROP, times=2)
    second = Fault(kind=FaultKind.HANG, at_step=3)
    budget = FaultBudget((first, second))
    assert [budget.take("x", step) for step in (0, None, 3, 3, 3)] == [
        first,
        None,
        first,
        second,
        None,
    ]


def test_a_fault_may_be_for_one_script_only_or_for_ever() -> None:
    """A side request meets only faults that are meant for it."""
    budget = FaultBudget(
        (
            Fault(kind=FaultKind.DROP, script="a", times=None),
            Fault(kind=FaultKind.HANG, side=True),
        )
    )
    kinds = [found.kind if found else None for found in (budget.take("a", 0) for _ in range(3))]
    assert kinds == [FaultKind.DROP] * 3
    found = budget.take("b", None)
    assert found is not None
    assert found.kind is FaultKind.HANG


@pytest.mark.parametrize(("kind", "status"), ANSWERS.items())
def test_a_fault_that_is_an_answer_fires_as_often_as_it_may(kind: FaultKind, status: int) -> None:
    """Then the same request is answered; the server tells which fired."""
    with serve_in_thread({"x": SCRIPT}, [Fault(kind=kind, times=2)]) as server:
        url = f"{server.url('x')}/v1/messages"
        assert [ask(url, messages()).status for _ in range(3)] == [status, status, 200]
        assert server.fired == [kind, kind]
        assert server.steps("x") == [0]


def test_a_fault_waits_for_its_step() -> None:
    """What comes before it is answered."""
    with serve_in_thread({"x": SCRIPT}, [Fault(kind=FaultKind.SERVER_ERROR, at_step=1)]) as server:
        url = f"{server.url('x')}/v1/messages"
        body = messages(stream=False)
        body = continued(body, ask(url, body).json())
        assert [ask(url, body).status for _ in range(2)] == [500, 200]


def test_a_drop_cuts_the_connection_before_an_answer() -> None:
    """The next request finds the server as it was."""
    with serve_in_thread({"x": SCRIPT}, [Fault(kind=FaultKind.DROP)]) as server:
        url = f"{server.url('x')}/v1/messages"
        with pytest.raises(ConnectionError):
            ask(url, messages())
        assert ask(url, messages()).status == 200
        assert server.requests[0].status is None


@pytest.mark.parametrize("stream", [True, False])
def test_a_drop_in_mid_stream_cuts_what_was_begun(*, stream: bool) -> None:
    """Some words arrive, the end does not."""
    fault = Fault(kind=FaultKind.DROP_MID_STREAM)
    with serve_in_thread({"x": SCRIPT[1:]}, [fault]) as server:
        reply = ask(f"{server.url('x')}/v1/messages", messages(stream=stream))
        assert (reply.status, reply.cut) == (200, True)
        assert "I am done" in reply.text
        assert "message_stop" not in reply.text
        assert not server.requests[0].finished


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.HANG_MID_STREAM])
def test_a_hang_ends_with_the_server(kind: FaultKind) -> None:
    """Whoever waits for an answer is let go; nothing stays behind."""
    with ThreadPoolExecutor() as pool:
        with serve_in_thread({"x": SCRIPT}, [Fault(kind=kind)]) as server:
            asked = pool.submit(ask, f"{server.url('x')}/v1/messages", messages())
            server.wait_for(lambda one: one.fault is kind)
            assert not asked.done()
        match asked.exception():
            case None:
                assert kind is FaultKind.HANG_MID_STREAM
                assert asked.result().cut
            case error:
                assert isinstance(error, ConnectionError)


def test_an_answer_can_be_held_until_the_test_lets_it_go() -> None:
    """So a test can do something at a known moment of the work."""
    held = Step(say="At last.", hold="gate")
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor())
        server = stack.enter_context(serve_in_thread({"x": (held,)}))
        asked = pool.submit(ask, f"{server.url('x')}/v1/messages", messages())
        server.wait_for(lambda one: one.held)
        assert not asked.done()
        server.release("gate")
        reply: Reply = asked.result()
        assert "At last." in reply.text


def test_a_fault_can_be_added_while_the_server_serves() -> None:
    """And a script too."""
    with serve_in_thread({}) as server:
        server.add_script("late", SCRIPT)
        server.add_fault(Fault(kind=FaultKind.OVERLOADED))
        url = f"{server.url('late')}/v1/messages"
        assert [ask(url, messages()).status for _ in range(2)] == [529, 200]
