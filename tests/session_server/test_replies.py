"""What a terminal says by itself is dropped; what a person types is kept."""

import pytest

from orch.session_server.replies import without_replies


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1b[?62;22c",
        b"\x1b[>1;10;0c",
        b"\x1b[0n",
        b"\x1b[24;80R",
        b"\x1b[?0u",
        b"\x1b[?2026;2$y",
        b"\x1b[8;24;80t",
        b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
        b"\x1b]10;rgb:ff/ff/ff\x1b\\",
        b"\x1b]4;1;rgb:cccc/6666/6666\x1b\\",
        b"\x1bP>|xterm(390)\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
    ],
)
def test_replies_are_dropped(reply: bytes) -> None:
    """Alone and between keys."""
    assert without_replies(reply) == b""
    assert without_replies(b"a" + reply + b"b" + reply) == b"ab"


@pytest.mark.parametrize(
    "keys",
    [
        b"plain text",
        b"\x1b",
        b"\x1b[A",
        b"\x1bOP",
        b"\x1b[1;2R",
        b"\x1b[15~",
        b"\x1b[27;5;112~",
        b"\x1b[112;5u",
        b"\x1b[<0;10;20M",
        b"\x1b[I",
        b"\x1b[200~pasted [0n\x1b[201~",
        b"\x1b]52;c;aGVsbG8=\x07",
    ],
)
def test_keys_are_kept(keys: bytes) -> None:
    """Keys, mouse, focus and paste pass as they are."""
    assert without_replies(keys) == keys
