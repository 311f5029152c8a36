"""The keys that detach are found in every way that terminals tell of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orch.cli.detach_keys import DEFAULT, BadKeys, DetachKeys, parse

LEGACY = b"\x10", b"\x11"
KITTY = b"\x1b[112;5u", b"\x1b[113;5u"
KITTY_EVENTS = b"\x1b[112;5:1u\x1b[112;5:3u", b"\x1b[113:81;5:1u"
XTERM = b"\x1b[27;5;112~", b"\x1b[27;5;113~"


def keys(names: str = DEFAULT) -> DetachKeys:
    """Make a detector."""
    return DetachKeys(parse(names))


@pytest.mark.parametrize("pair", [LEGACY, KITTY, KITTY_EVENTS, XTERM])
def test_the_sequence_is_found(pair: tuple[bytes, bytes]) -> None:
    """In one read, in two, and after other keys; it is not passed on."""
    first, second = pair
    assert keys().feed(first + second) == (b"", True)
    assert keys().feed(b"text" + first + second + b"more") == (b"text", True)
    two = keys()
    assert two.feed(b"a" + first) == (b"a", False)
    assert two.held
    assert two.feed(second) == (b"", True)


def test_half_a_sequence_is_passed_on() -> None:
    """The first key alone reaches the program, with the next one or when time is up."""
    one = keys()
    assert one.feed(b"\x10") == (b"", False)
    assert one.feed(b"x") == (b"\x10x", False)
    assert one.feed(b"\x10\x10") == (b"\x10", False)
    assert one.give_up() == b"\x10"
    assert one.feed(b"\x11") == (b"\x11", False)


@given(st.lists(st.binary(max_size=10)))
def test_nothing_is_lost(pieces: list[bytes]) -> None:
    """What does not detach comes out as it went in."""
    one, passed = keys("ctrl-p,ctrl-q,x,y,z"), b""
    for piece in pieces:
        more, detached = one.feed(piece)
        passed += more
        if detached:
            return
    assert passed + one.give_up() == b"".join(pieces)


def test_other_keys_may_be_named() -> None:
    """Control keys and plain ones, one or several."""
    assert keys("ctrl-]").feed(b"\x1d") == (b"", True)
    assert keys("ctrl-]").feed(b"\x1b[93;5u") == (b"", True)
    assert keys("ctrl-a,d").feed(b"\x01d") == (b"", True)
    assert keys("CTRL-A, d").feed(b"d\x01d") == (b"d", True)


@pytest.mark.parametrize("names", ["", "ctrl-", "escape", "ctrl-p,,q", "ü", "ctrl- "])
def test_what_is_no_key_is_refused(names: str) -> None:
    """The error names what was written."""
    with pytest.raises(BadKeys):
        parse(names)
