"""Prove what all JSON-RPC sessions have in common: input on a border of pages counts once."""

from collections.abc import Iterator

from orch.adapters.agents.rpc import Json, RpcReader, line, refusal, request
from orch.core.signs import Sign, SignKind
from orch.ports.session_host import Direction, Stretch
from tests.adapters.agents.readings import AT


class _Echo(RpcReader):
    """Tells what it reads and what was written."""

    def sent(self, message: Json) -> Iterator[Sign]:
        """Tell a message that was written."""
        yield self.sign(SignKind.ACCEPTED, ref=str(message["id"]))

    def event(self, event: dict[str, object]) -> Iterator[Sign]:
        """Tell a message that came."""
        yield from self.pulse("x", len(str(event["id"])), every=10)


def test_input_that_stands_in_two_pages_is_read_once() -> None:
    """What was written is known by its serial; a page may bring it again."""
    reader = _Echo()
    data = line(request("a", "m", params={}))
    written = Stretch(direction=Direction.IN, offset=0, data=data, serial=1)
    assert [sign.ref for sign in reader.read(written, at=AT)] == ["a"]
    assert reader.read(written, at=AT) == ()


def test_what_a_program_complains_of_tells_nothing() -> None:
    """The error pipe holds logs for people, whatever they look like."""
    data = line(request("a", "m", params={}))
    stretch = Stretch(direction=Direction.ERR, offset=0, data=data)
    assert _Echo().read(stretch, at=AT) == ()


def test_progress_is_counted_in_what_was_streamed() -> None:
    """The first piece tells progress, then each so many characters, however they arrive."""
    one = line({"id": "12345"})
    pieces = _Echo()
    signs = [
        sign
        for n in range(5)
        for sign in pieces.read(Stretch(direction=Direction.OUT, offset=n, data=one), at=AT)
    ]
    whole = _Echo().read(Stretch(direction=Direction.OUT, offset=0, data=one * 5), at=AT)
    assert [sign.kind for sign in signs] == [SignKind.PROGRESS] * 3
    assert list(whole) == signs


def test_a_request_that_nobody_knows_is_refused() -> None:
    """A program that asks for what orch has not gets an answer, so that it never waits."""
    assert b'"code":-32601' in line(refusal(3, "fs/read_text_file"))


def test_a_reply_is_wanted_once() -> None:
    """What was wanted first under an id stays."""
    reader = _Echo()
    reader.reply("a", {"n": 1})
    reader.reply("a", {"n": 2})
    assert [(one.id, one.data) for one in reader.replies()] == [("a", b'{"n":1}\n')]
